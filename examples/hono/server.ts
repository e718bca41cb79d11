import { serve } from '@hono/node-server'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { Hono } from 'hono'
import { protectedResource } from 'mcp-gatehouse'
import { type AuthVariables, bearerAuth, metadata } from 'mcp-gatehouse/hono'

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

const app = new Hono<{ Variables: AuthVariables }>()
app.route('/', metadata(notes))
app.use('/mcp', bearerAuth(notes))
app.all('/mcp', (c) => mcp.fetch(c.req.raw, { authInfo: c.var.auth }))

serve(
  { fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env['PORT'] ?? 3000) },
  ({ port }) => console.log(`http://127.0.0.1:${port}`),
)
