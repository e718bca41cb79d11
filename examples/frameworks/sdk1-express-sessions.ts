import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { isInitializeRequest } from '@modelcontextprotocol/sdk/types.js'
import express from 'express'
import { authErrors, bearerAuth, metadata } from 'mcp-gatehouse/node'
import { listen } from './listen.ts'
import { notes } from './notes.ts'
import { createNotesServer } from './sdk1-server.ts'

const transports = new Map<string, StreamableHTTPServerTransport>()

const app = express()
app.use(metadata(notes))
// The option `sessions` of the resource binds each id to its user: the map needs no check of its own.
app.all('/mcp', bearerAuth(notes), express.json(), async (req, res) => {
  const transport = transports.get(req.get('Mcp-Session-Id') ?? '')
  if (transport !== undefined) return transport.handleRequest(req, res, req.body)
  if (!isInitializeRequest(req.body)) {
    return void res.status(404).json({ error: 'There is no such session.' })
  }
  const created = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => void transports.set(id, created),
    onsessionclosed: (id) => void transports.delete(id),
  })
  await createNotesServer().connect(created as Transport)
  return created.handleRequest(req, res, req.body)
})
app.use(authErrors(notes))

listen(createServer(app))
