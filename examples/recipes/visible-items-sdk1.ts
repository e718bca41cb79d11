import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import { ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { type AuthContext, type ProtectedResource, protect, visible } from 'mcp-gatehouse'

const TOOLS = ['list_notes', 'delete_note', 'purge_notes'].map((name) => ({
  name,
  inputSchema: { type: 'object' as const },
}))

/** The same with version 1 of the SDK: a handler of `tools/list` that filters. */
export function createFilteredServer(
  resource: ProtectedResource,
): (request: Request) => Promise<Response> {
  return protect(resource, async (request, auth) => {
    const server = createServer(resource, auth)
    // Without sessions, each request has its own server and transport.
    const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true })
    await server.connect(transport)
    return transport.handleRequest(request, { authInfo: auth })
  })
}

function createServer(resource: ProtectedResource, auth: AuthContext): McpServer {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  for (const { name } of TOOLS) {
    server.registerTool(name, {}, () => ({
      content: [{ type: 'text', text: `This is ${name}.` }],
    }))
  }
  server.server.setRequestHandler(ListToolsRequestSchema, async () => ({
    tools: await visible(resource, auth, 'tools/call', TOOLS),
  }))
  return server
}
