/** HTTP frameworks of Node, each as examples/frameworks/node-frameworks shows it. */

import { testRecipe } from '../../support/recipe.ts'

testRecipe({ name: 'node-frameworks/koa' })
testRecipe({ name: 'node-frameworks/sdk2-express' })
testRecipe({ name: 'node-frameworks/sdk2-fastify' })
// Without sessions it answers with JSON.
testRecipe({ name: 'node-frameworks/nest-express', streams: false })
testRecipe({ name: 'node-frameworks/nest-fastify', streams: false })
