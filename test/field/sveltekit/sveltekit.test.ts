/**
 * SvelteKit with its adapter for Node, built and served by itself.
 * Installs 47 MB; takes about 4 s of processor time.
 */

import { startProject } from '../../support/program.ts'
import { testRecipe } from '../../support/recipe.ts'

testRecipe({
  name: 'sveltekit',
  twice: 200,
  ownDelete: 'Cross-site DELETE form submissions are forbidden',
  start: startProject({ name: 'sveltekit', serve: ['./build/index.js'] }),
})
