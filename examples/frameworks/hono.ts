import { createAdaptorServer } from '@hono/node-server'
import { createMcpHandler } from '@modelcontextprotocol/server'
import { Hono } from 'hono'
import { bearerAuth, metadata } from 'mcp-gatehouse/hono'
import { listen } from './listen.ts'
import { notes } from './notes.ts'
import { createNotesServer } from './sdk2-server.ts'

const mcp = createMcpHandler(createNotesServer)

const app = new Hono()
app.route('/', metadata(notes))
app.all('/mcp', bearerAuth(notes), (c) => mcp.fetch(c.req.raw, { authInfo: c.var.auth }))

listen(createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }))
