import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express from 'express'
import { protectedResource } from 'mcp-gatehouse'
import { authOf, bearerAuth, metadata } from 'mcp-gatehouse/node'

const notes = protectedResource({
  resource: 'http://localhost:3000/mcp',
  authorizationServers: ['https://auth.example.com'],
  requiredScopes: ['notes:read'],
})

const app = express()
app.use(metadata(notes))
app.all('/mcp', bearerAuth(notes), async (req, res) => {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool('whoami', {}, (extra) => ({
    content: [{ type: 'text', text: `${authOf(extra).subject}` }],
  }))
  const transport = new StreamableHTTPServerTransport()
  res.on('close', () => server.close())
  await server.connect(transport)
  await transport.handleRequest(req, res, req.body)
})
app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
