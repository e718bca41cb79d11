/** Nitro 2, built and served by Node. Installs 85 MB; takes about 4 s of processor time. */

import { startProject } from '../../support/program.ts'
import { testRecipe } from '../../support/recipe.ts'

testRecipe({
  name: 'nitro-2',
  twice: 200,
  start: startProject({
    name: 'nitro-2',
    serve: ['./.output/server/index.mjs'],
  }),
})
