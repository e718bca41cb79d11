import type { AddressInfo } from 'node:net'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import express from 'express'
import { protectedResource } from 'mcp-gatehouse'
import { authErrors, authOf, bearerAuth, metadata } from 'mcp-gatehouse/node'

const notes = protectedResource({
  resource: process.env['RESOURCE'] ?? 'http://localhost:3000/mcp',
  authorizationServers: [process.env['ISSUER'] ?? 'https://auth.example.com'],
  requiredScopes: ['notes:read'],
})

const app = express()
app.use(metadata(notes))
// Body parsers, if you have any, come after bearerAuth().
app.all('/mcp', bearerAuth(notes), async (req, res) => {
  const { subject } = authOf(req)
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool('whoami', { description: 'Says whose notes these are.' }, () => ({
    content: [{ type: 'text', text: String(subject) }],
  }))
  const transport = new StreamableHTTPServerTransport()
  res.on('close', () => server.close())
  await server.connect(transport as Transport)
  await transport.handleRequest(req, res, req.body)
})
app.use(authErrors(notes))

const listening = app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(listening.address() as AddressInfo).port}`)
})
