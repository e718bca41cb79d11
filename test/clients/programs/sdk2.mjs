import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { createProvider, session } from './provider.mjs'

const authProvider = createProvider()
let client, transport
await session(
  authProvider,
  async () => {
    transport = new StreamableHTTPClientTransport(new URL(process.argv[2]), { authProvider })
    client = new Client({ name: 'client', version: '1.0.0' })
    await client.connect(transport)
  },
  (name, args) => client.callTool({ name, arguments: args }),
  (url) => transport.finishAuth(url.searchParams),
)
