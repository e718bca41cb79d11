/**
 * React Router as a framework, built and served by itself.
 * Installs 79 MB; takes about 3 s of processor time.
 */

import { startProject } from '../../support/program.ts'
import { testRecipe } from '../../support/recipe.ts'

testRecipe({
  name: 'react-router',
  twice: 200,
  // Its server is an Express, which adds the charset.
  contentType: 'application/json; charset=utf-8',
  start: startProject({
    name: 'react-router',
    serve: ['react-router-serve', './build/server/index.js'],
  }),
})
