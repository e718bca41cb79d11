import {
  type CreateMcpHandlerOptions,
  createMcpHandler,
  McpServer,
} from '@modelcontextprotocol/server'
import { authOf, type ProtectedResource, protect, visible } from 'mcp-gatehouse'

const TOOLS = [
  { name: 'list_notes', description: 'Lists notes.' },
  { name: 'delete_note', description: 'Deletes a note.' },
  { name: 'purge_notes', description: 'Deletes all notes.' },
]

/** A server that has, for each request, the tools that its token may call. */
export function createFilteredServer(
  resource: ProtectedResource,
  options?: CreateMcpHandlerOptions,
): (request: Request) => Promise<Response> {
  // One handler for all requests: clients that listen hear of changes from this one only (`mcp.notify`).
  const mcp = createMcpHandler(async ({ authInfo }) => {
    return createServer(await visible(resource, authOf(authInfo), 'tools/call', TOOLS))
  }, options)
  return protect(resource, (request, auth) => mcp.fetch(request, { authInfo: auth }))
}

function createServer(tools: typeof TOOLS): McpServer {
  // Private: a shared cache must not give the list of one user to another. Without a lifetime: clients keep
  // a list that long, also when a login has given them more scopes.
  const cacheHints = { 'tools/list': { ttlMs: 0, cacheScope: 'private' } } as const
  // Named here, because a server without tools has no list otherwise: `tools/list` is then an error. Clients
  // of 2026-07-28 listen for changes of lists that have `listChanged`.
  const capabilities = { tools: { listChanged: true } }
  const server = new McpServer({ name: 'notes', version: '1.0.0' }, { cacheHints, capabilities })
  for (const { name, description } of tools) {
    server.registerTool(name, { description }, () => ({
      content: [{ type: 'text', text: `This is ${name}.` }],
    }))
  }
  return server
}
