import { MCPToolset } from '@google/adk'
import { auth } from '@modelcontextprotocol/sdk/client/auth.js'
import { createProvider, session } from './provider.mjs'

const authProvider = createProvider()
const url = process.argv[2]
let tools
await session(
  authProvider,
  async () => {
    const transportOptions = { authProvider }
    tools = await new MCPToolset({
      type: 'StreamableHTTPConnectionParams',
      url,
      transportOptions,
    }).getTools()
  },
  // It connects for each call.
  (name, args) => tools.find((each) => each.name === name).runAsync({ args, toolContext: {} }),
  (arrived) =>
    auth(authProvider, { serverUrl: url, authorizationCode: arrived.searchParams.get('code') }),
)
