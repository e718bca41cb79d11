import { auth, createMCPClient } from '@ai-sdk/mcp'
import { createProvider, session } from './provider.mjs'

const authProvider = createProvider()
const url = process.argv[2]
let client
await session(
  authProvider,
  async () => {
    client = await createMCPClient({ transport: { type: 'http', url, authProvider } })
  },
  async (name, args) =>
    (await client.tools())[name].execute(args, { messages: [], toolCallId: '1' }),
  (arrived) =>
    auth(authProvider, {
      serverUrl: url,
      authorizationCode: arrived.searchParams.get('code'),
      callbackState: arrived.searchParams.get('state'),
      iss: arrived.searchParams.get('iss') ?? undefined,
    }),
)
