import { createMcpHandler } from '@modelcontextprotocol/server'
import { createFileRoute } from '@tanstack/react-router'
import { protect } from 'mcp-gatehouse'
import { notes } from '../../../notes.ts'
import { createNotesServer } from '../../../sdk2-server.ts'

const mcp = createMcpHandler(createNotesServer)
const handle = protect(notes, (request, auth) => mcp.fetch(request, { authInfo: auth }))

/** The build for the browser contains nothing of `server`, nor what only `server` uses. */
export const Route = createFileRoute('/mcp')({
  server: { handlers: { ANY: ({ request }) => handle(request) } },
})
