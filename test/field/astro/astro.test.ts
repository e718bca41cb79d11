/**
 * Astro with its adapter for Node, built and served by itself.
 * Installs 156 MB; takes about 3 s of processor time.
 */

import { startProject } from '../../support/program.ts'
import { testRecipe } from '../../support/recipe.ts'

testRecipe({
  name: 'astro',
  twice: 200,
  ownDelete: 'Cross-site DELETE form submissions are forbidden',
  start: startProject({
    name: 'astro',
    serve: ['./dist/server/entry.mjs'],
  }),
})
