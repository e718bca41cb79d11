import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { type ProtectedResource, protect, visible } from 'mcp-gatehouse'

const TOOLS = [
  { name: 'list_notes', description: 'Lists notes.' },
  { name: 'delete_note', description: 'Deletes a note.' },
  { name: 'purge_notes', description: 'Deletes all notes.' },
]

/** A server that has, for each request, the tools that its token may call. */
export function createFilteredServer(
  resource: ProtectedResource,
): (request: Request) => Promise<Response> {
  return protect(resource, async (request, auth) => {
    const tools = await visible(resource, auth, 'tools/call', TOOLS)
    return createMcpHandler(() => createServer(tools)).fetch(request, { authInfo: auth })
  })
}

function createServer(tools: typeof TOOLS): McpServer {
  // Private: a shared cache must not give the list of one user to another. Without a lifetime: clients keep
  // a list that long, also when a login has given them more scopes.
  const cacheHints = { 'tools/list': { ttlMs: 0, cacheScope: 'private' } } as const
  // Named here, because a server without tools has no list otherwise: `tools/list` is then an error.
  const capabilities = { tools: {} }
  const server = new McpServer({ name: 'notes', version: '1.0.0' }, { capabilities, cacheHints })
  for (const { name, description } of tools) {
    server.registerTool(name, { description }, () => ({
      content: [{ type: 'text', text: `This is ${name}.` }],
    }))
  }
  return server
}
