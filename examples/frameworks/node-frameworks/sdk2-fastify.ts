import { createMcpFastifyApp } from '@modelcontextprotocol/fastify'
import { type NodeIncomingMessageLike, toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler } from '@modelcontextprotocol/server'
import { gatehouse } from 'mcp-gatehouse/fastify'
import { PORT } from '../listen.ts'
import { notes } from '../notes.ts'
import { createNotesServer } from '../sdk2-server.ts'

const mcp = toNodeHandler(createMcpHandler(createNotesServer))

const app = createMcpFastifyApp()
await app.register(gatehouse, { resource: notes })
app.all('/mcp', async (request, reply) => {
  reply.hijack()
  // The cast is for `exactOptionalPropertyTypes`.
  await mcp(request.raw as NodeIncomingMessageLike, reply.raw, request.body)
})

console.log(await app.listen({ port: PORT, host: '127.0.0.1' }))
