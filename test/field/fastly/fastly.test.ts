/** Fastly Compute: built by its compiler, and run in its engine by a host of the test. */

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
