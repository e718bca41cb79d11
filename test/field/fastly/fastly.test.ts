/**
 * Fastly Compute: built by its compiler, and run in its engine by a host of the test.
 * Installs 454 MB; takes about 15 s of processor time.
 */

import { startProject } from '../../support/program.ts'
import { testRecipe } from '../../support/recipe.ts'

testRecipe({
  name: 'fastly',
  // An instance serves one request.
  keepsState: false,
  start: startProject({
    name: 'fastly',
    serve: ['../../compute-host.ts', 'bin/main.wasm'],
  }),
})
