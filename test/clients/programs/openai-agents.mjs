import { auth } from '@modelcontextprotocol/client'
import { MCPServerStreamableHttp } from '@openai/agents'
import { createProvider, session } from './provider.mjs'

const authProvider = createProvider()
const url = process.argv[2]
let server
await session(
  authProvider,
  async () => {
    server = new MCPServerStreamableHttp({ name: 'notes', url, authProvider })
    await server.connect()
  },
  (name, args) => server.callTool(name, args),
  (arrived) =>
    auth(authProvider, {
      serverUrl: url,
      authorizationCode: arrived.searchParams.get('code'),
      iss: arrived.searchParams.get('iss') ?? undefined,
    }),
)
