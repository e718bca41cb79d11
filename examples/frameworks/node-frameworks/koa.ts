import { createServer } from 'node:http'
import { createMcpHandler } from '@modelcontextprotocol/server'
import Koa from 'koa'
import { protect } from 'mcp-gatehouse/node'
import { listen } from '../listen.ts'
import { notes } from '../notes.ts'
import { createNotesServer } from '../sdk2-server.ts'

const mcp = createMcpHandler(createNotesServer)
const handle = protect(notes, (request, auth) => mcp.fetch(request, { authInfo: auth }))

const app = new Koa()
app.use(async (ctx) => {
  // The guard writes the response, so Koa must not.
  ctx.respond = false
  await handle(ctx.req, ctx.res)
})

listen(createServer(app.callback()))
