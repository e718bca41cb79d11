import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { authOf } from 'mcp-gatehouse'
import { protect } from 'mcp-gatehouse/node'
import { McpServer, StreamableHttpTransport } from 'mcp-lite'
import * as z from 'zod'
import { listen } from '../listen.ts'
import { notes } from '../notes.ts'

const saved: string[] = []

const server = new McpServer({
  name: 'notes',
  version: '1.0.0',
  schemaAdapter: (schema) => z.toJSONSchema(schema as z.ZodType),
})
server.tool('list_notes', {
  handler: (_, ctx) => {
    const { subject, clientId } = authOf(ctx)
    return { content: [{ type: 'text', text: `${subject} by ${clientId}: ${saved.join()}` }] }
  },
})
server.tool('add_note', {
  inputSchema: z.object({ text: z.string() }),
  handler: async ({ text }, ctx) => {
    await ctx.progress?.({ progress: 1 })
    await setTimeout(400)
    saved.push(text)
    return { content: [{ type: 'text', text: `${authOf(ctx).subject} added ${text}` }] }
  },
})
const respond = new StreamableHttpTransport().bind(server)

listen(createServer(protect(notes, (request, auth) => respond(request, { authInfo: auth }))))
