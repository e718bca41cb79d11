import { createServer } from 'node:http'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import express from 'express'
import { authErrors, bearerAuth, metadata } from 'mcp-gatehouse/node'
import { listen } from './listen.ts'
import { notes } from './notes.ts'
import { createNotesServer } from './sdk1-server.ts'

const app = express()
app.use(metadata(notes))
app.all('/mcp', bearerAuth(notes), async (req, res) => {
  const server = createNotesServer()
  const transport = new StreamableHTTPServerTransport()
  res.on('close', () => server.close())
  await server.connect(transport as Transport)
  await transport.handleRequest(req, res, req.body)
})
app.use(authErrors(notes))

listen(createServer(app))
