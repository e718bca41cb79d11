import { createMcpHandler } from '@modelcontextprotocol/server'
import type { RequestHandler } from '@sveltejs/kit'
import { protect } from 'mcp-gatehouse'
import { notes } from '../../../../notes.ts'
import { createNotesServer } from '../../../../sdk2-server.ts'

const mcp = createMcpHandler(createNotesServer)
const handle = protect(notes, (request, auth) => mcp.fetch(request, { authInfo: auth }))

/** Every method that has no function of its own. */
export const fallback: RequestHandler = ({ request }) => handle(request)
