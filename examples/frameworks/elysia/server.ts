import { createMcpHandler } from '@modelcontextprotocol/server'
import { Elysia } from 'elysia'
import { metadataResponse, protect } from 'mcp-gatehouse'
import { notes } from '../notes.ts'
import { createNotesServer } from '../sdk2-server.ts'

const mcp = createMcpHandler(createNotesServer)
const handle = protect(notes, (request, auth) => mcp.fetch(request, { authInfo: auth }))

new Elysia()
  // Otherwise Elysia reads the body first where the source text of a handler or hook looks like it needs it.
  .all('/mcp', ({ request }) => handle(request), { parse: 'none' })
  .all(
    '/.well-known/oauth-protected-resource/mcp',
    ({ request }) => metadataResponse(request, notes) ?? new Response(null, { status: 404 }),
  )
  .listen({ hostname: '127.0.0.1', port: Number(process.env['PORT'] ?? 3000) })
