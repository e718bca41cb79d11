/** HTTP frameworks of Node, each as examples/frameworks/node-frameworks shows it. */

import { expect, it } from 'vitest'
import { METADATA, type RunningRecipe, testRecipe } from '../../support/recipe.ts'
import { testRecipeTypes } from '../../support/recipe-types.ts'
import { expectRejection } from '../../support/rejection.ts'

testRecipeTypes('node-frameworks')
testRecipe({ name: 'node-frameworks/koa' })
testRecipe({ name: 'node-frameworks/sdk2-express' })
testRecipe({ name: 'node-frameworks/sdk2-fastify' })
// Without sessions it answers with JSON.
testRecipe({ name: 'node-frameworks/nest-express', streams: false }, testController)
testRecipe({ name: 'node-frameworks/nest-fastify', streams: false }, (running) => {
  testController(running)

  // NestJS sets the error handler of Fastify: a second one in the plugin would be a warning, FSTWRN004.
  it('starts without a warning', () => {
    expect(running.output()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\s*$/)
  })
})

function testController({ send, tokenOf }: RunningRecipe): void {
  it('answers 403 with the whole challenge to an AuthError of a controller', async () => {
    const headers = { Authorization: await tokenOf('alice') }
    await expectRejection(await send('/mcp/export', { headers }), {
      status: 403,
      error: 'insufficient_scope',
      scope: 'notes:read notes:export',
      resourceMetadata: METADATA,
    })
  })
}
