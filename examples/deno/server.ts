import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { protectedResource } from 'mcp-gatehouse'
import { protect } from 'mcp-gatehouse/deno'

const notes = protectedResource({
  resource: process.env['RESOURCE'] ?? 'http://localhost:3000/mcp',
  authorizationServers: [process.env['ISSUER'] ?? 'https://auth.example.com'],
  requiredScopes: ['notes:read'],
})

const mcp = createMcpHandler(({ authInfo }) => {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool('whoami', { description: 'Says whose notes these are.' }, () => ({
    content: [{ type: 'text', text: String(authInfo?.extra?.['subject']) }],
  }))
  return server
})

export default protect(notes, (request, auth) => mcp.fetch(request, { authInfo: auth }))
