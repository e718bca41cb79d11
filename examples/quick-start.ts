import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { protect, protectedResource } from 'mcp-gatehouse'

const notes = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: ['https://auth.example.com'],
  requiredScopes: ['notes:read'],
})

const mcp = createMcpHandler(() => {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool('list', {}, () => ({ content: [{ type: 'text', text: 'Buy milk' }] }))
  return server
})

export default {
  fetch: protect(notes, (request, auth) => mcp.fetch(request, { authInfo: auth })),
}
