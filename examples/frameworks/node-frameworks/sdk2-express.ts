import { createServer } from 'node:http'
import { createMcpExpressApp } from '@modelcontextprotocol/express'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler } from '@modelcontextprotocol/server'
import { authErrors, bearerAuth, metadata } from 'mcp-gatehouse/node'
import { listen } from '../listen.ts'
import { notes } from '../notes.ts'
import { createNotesServer } from '../sdk2-server.ts'

const mcp = toNodeHandler(createMcpHandler(createNotesServer))

// It parses JSON first, so that the guard decides by `req.body`.
const app = createMcpExpressApp()
app.use(metadata(notes))
app.all('/mcp', bearerAuth(notes), (req, res) => void mcp(req, res, req.body))
app.use(authErrors(notes))

listen(createServer(app))
