/** The programs of examples/frameworks whose packages are those of the repository. The others: `npm run test:field`. */

import { testRecipe } from '../support/recipe.ts'

// SDK 1.x has no later revision.
const revision = '2025-11-25'
testRecipe({ name: 'sdk1-express-stateless', revision })
testRecipe({ name: 'sdk1-express-sessions', revision, sessions: true })
testRecipe({ name: 'sdk1-web', revision })
testRecipe({ name: 'sdk2-node' })
testRecipe({ name: 'sdk2-web' })
testRecipe({ name: 'hono' })
testRecipe({ name: 'fastify' })

const host = 'test/support/lambda-host.ts'
testRecipe({ name: 'hono-lambda', host, streams: false })
testRecipe({ name: 'serverless-http', host, streams: false })
