import { auth } from '@modelcontextprotocol/sdk/client/auth.js'
import { McpClient } from '@strands-agents/sdk'
import { createProvider, session } from './provider.mjs'

const authProvider = createProvider()
const url = process.argv[2]
let client, tools
await session(
  authProvider,
  async () => {
    client = new McpClient({ url, authProvider })
    tools = await client.listTools()
  },
  (name, args) =>
    client.callTool(
      tools.find((tool) => tool.name.endsWith(name)),
      args,
    ),
  (arrived) =>
    auth(authProvider, { serverUrl: url, authorizationCode: arrived.searchParams.get('code') }),
)
