/** HTTP frameworks of Node, each as examples/frameworks/node-frameworks shows it. */

import { expect, it } from 'vitest'
import { testRecipe } from '../../support/recipe.ts'

testRecipe({ name: 'node-frameworks/koa' })
testRecipe({ name: 'node-frameworks/sdk2-express' })
testRecipe({ name: 'node-frameworks/sdk2-fastify' })
// Without sessions it answers with JSON.
testRecipe({ name: 'node-frameworks/nest-express', streams: false })
testRecipe({ name: 'node-frameworks/nest-fastify', streams: false }, ({ output }) => {
  // NestJS sets the error handler of Fastify: a second one in the plugin would be a warning, FSTWRN004.
  it('starts without a warning', () => {
    expect(output()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\s*$/)
  })
})
