import { MultiServerMCPClient } from '@langchain/mcp-adapters'
import { auth } from '@modelcontextprotocol/sdk/client/auth.js'
import { createProvider, session } from './provider.mjs'

const authProvider = createProvider()
const url = process.argv[2]
let tools
await session(
  authProvider,
  async () => {
    const client = new MultiServerMCPClient({
      onConnectionError: 'throw',
      mcpServers: { notes: { transport: 'http', url, authProvider } },
    })
    tools = await client.getTools()
  },
  (name, args) => tools.find((each) => each.name.endsWith(name)).invoke(args),
  (arrived) =>
    auth(authProvider, { serverUrl: url, authorizationCode: arrived.searchParams.get('code') }),
)
