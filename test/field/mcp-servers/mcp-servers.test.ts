/** MCP servers of other frameworks, each as examples/frameworks/mcp-servers shows it. */

import { expect, it } from 'vitest'
import { message, post } from '../../support/mcp.ts'
import { testRecipe } from '../../support/recipe.ts'
import { testRecipeTypes } from '../../support/recipe-types.ts'

testRecipeTypes('mcp-servers')
testRecipe({ name: 'mcp-servers/hono-mcp', revision: '2025-11-25' })
testRecipe({ name: 'mcp-servers/mcp-handler' })
testRecipe({ name: 'mcp-servers/mcp-lite', revision: '2025-03-26' })
testRecipe({ name: 'mcp-servers/tmcp', sessions: true })
testRecipe({ name: 'mcp-servers/fastmcp', sessions: true, revision: '2025-11-25' })
testRecipe({ name: 'mcp-servers/mcp-use', streams: false, twice: 200 })
// It sends no progress of a tool.
testRecipe({ name: 'mcp-servers/mastra', streams: false, legacy: false }, ({ send, tokenOf }) => {
  it('has no revision before 2026-07-28', async () => {
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'test', version: '1.0.0' },
    }
    const headers = { Authorization: await tokenOf('alice') }
    const response = await send('/mcp', post(message('initialize', params), headers))
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { code: -32022 } },
    ])
  })
})
