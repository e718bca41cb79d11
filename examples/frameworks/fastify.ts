import { Readable } from 'node:stream'
import { createMcpHandler } from '@modelcontextprotocol/server'
import fastify from 'fastify'
import { authOf } from 'mcp-gatehouse'
import { gatehouse } from 'mcp-gatehouse/fastify'
import { PORT } from './listen.ts'
import { notes } from './notes.ts'
import { createNotesServer } from './sdk2-server.ts'

const mcp = createMcpHandler(createNotesServer)

const app = fastify()
await app.register(gatehouse, { resource: notes })
app.all('/mcp', async (request, reply) => {
  const headers = new Headers(request.headers as Record<string, string>)
  const { method, body } = request
  const init = { method, headers, ...(body == null ? {} : { body: JSON.stringify(body) }) }
  const response = await mcp.fetch(new Request(notes.identifier, init), {
    authInfo: authOf(request),
  })
  reply.code(response.status)
  response.headers.forEach((value, name) => void reply.header(name, value))
  return response.body && Readable.fromWeb(response.body as never)
})

console.log(await app.listen({ port: PORT, host: '127.0.0.1' }))
