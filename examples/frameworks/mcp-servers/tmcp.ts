import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { ZodJsonSchemaAdapter } from '@tmcp/adapter-zod'
import { HttpTransport } from '@tmcp/transport-http'
import { type AuthContext, authOf } from 'mcp-gatehouse'
import { protect } from 'mcp-gatehouse/node'
import { McpServer } from 'tmcp'
import * as z from 'zod'
import { listen } from '../listen.ts'
import { notes } from '../notes.ts'

const saved: string[] = []

const server = new McpServer(
  { name: 'notes', version: '1.0.0', description: 'Notes' },
  { adapter: new ZodJsonSchemaAdapter(), capabilities: { tools: {} } },
).withContext<{ auth: AuthContext }>()
server.tool({ name: 'list_notes', description: 'Lists notes.' }, () => {
  const { subject, clientId } = authOf(server.ctx)
  return { content: [{ type: 'text', text: `${subject} by ${clientId}: ${saved.join()}` }] }
})
const schema = z.object({ text: z.string() })
server.tool({ name: 'add_note', description: 'Adds a note.', schema }, async ({ text }) => {
  server.progress(1)
  await setTimeout(400)
  saved.push(text)
  return { content: [{ type: 'text', text: `${authOf(server.ctx).subject} added ${text}` }] }
})
const transport = new HttpTransport(server, { path: '/mcp' })

const handle = protect(notes, async (request, auth) => {
  return (await transport.respond(request, { auth })) ?? new Response(null, { status: 404 })
})

listen(createServer(handle))
