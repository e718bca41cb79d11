import { authOf } from 'mcp-gatehouse'
import { type AuthVariables, bearerAuth, metadata } from 'mcp-gatehouse/hono'
import { MCPServer } from 'mcp-use'
import * as z from 'zod'
import { PORT } from '../listen.ts'
import { notes } from '../notes.ts'

const saved: string[] = []

const server = new MCPServer<never, { Variables: AuthVariables }>({
  name: 'notes',
  version: '1.0.0',
  basePath: '/mcp',
})
server.app.route('/', metadata(notes))
server.use('/mcp', bearerAuth(notes))
server.tool({ name: 'list_notes', description: 'Lists notes.' }, (_, ctx) => {
  const { subject, clientId } = authOf(ctx)
  return { content: [{ type: 'text', text: `${subject} by ${clientId}: ${saved.join()}` }] }
})
const inputSchema = z.object({ text: z.string() })
server.tool({ name: 'add_note', description: 'Adds a note.', inputSchema }, ({ text }, ctx) => {
  saved.push(text)
  return { content: [{ type: 'text', text: `${authOf(ctx).subject} added ${text}` }] }
})

const { port } = await server.listen(PORT, { host: '127.0.0.1' })
console.log(`http://127.0.0.1:${port}`)
