import { createMcpHandler } from '@modelcontextprotocol/server'
import type { APIRoute } from 'astro'
import { protect } from 'mcp-gatehouse'
import { notes } from '../../../notes.ts'
import { createNotesServer } from '../../../sdk2-server.ts'

const mcp = createMcpHandler(createNotesServer)
const handle = protect(notes, (request, auth) => mcp.fetch(request, { authInfo: auth }))

export const ALL: APIRoute = ({ request }) => handle(request)
