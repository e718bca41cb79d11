import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { protect, protectedResource } from 'mcp-gatehouse'

const notes = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: ['https://auth.example.com'],
  requiredScopes: ['notes:read'],
})

const mcp = createMcpHandler(() => new McpServer({ name: 'notes', version: '1.0.0' }))

export default {
  fetch: protect(notes, (request, auth) => mcp.fetch(request, { authInfo: auth })),
}
