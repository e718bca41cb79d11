/** MCP servers of other frameworks, each as examples/frameworks/mcp-servers shows it. */

import { testRecipe } from '../../support/recipe.ts'

testRecipe({ name: 'mcp-servers/hono-mcp' })
testRecipe({ name: 'mcp-servers/mcp-handler' })
testRecipe({ name: 'mcp-servers/mcp-lite' })
testRecipe({ name: 'mcp-servers/tmcp', sessions: true })
testRecipe({ name: 'mcp-servers/fastmcp', sessions: true })
testRecipe({ name: 'mcp-servers/mcp-use', streams: false, twice: 200 })
