import { StreamableHTTPTransport } from '@hono/mcp'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { bearerAuth, metadata } from 'mcp-gatehouse/hono'
import { listen } from '../listen.ts'
import { notes } from '../notes.ts'
import { createNotesServer } from '../sdk1-server.ts'

const app = new Hono()
app.route('/', metadata(notes))
// The transport reads c.get('auth') itself.
app.all('/mcp', bearerAuth(notes), async (c) => {
  const transport = new StreamableHTTPTransport()
  await createNotesServer().connect(transport)
  return transport.handleRequest(c)
})

listen(createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }))
