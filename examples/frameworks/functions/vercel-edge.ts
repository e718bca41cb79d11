/** Vercel's edge runtime: bundled into one script, which answers fetch events. */

import { createMcpHandler } from '@modelcontextprotocol/server'
import { protect } from 'mcp-gatehouse'
import { notes } from '../notes.ts'
import { createNotesServer } from '../sdk2-server.ts'

const mcp = createMcpHandler(createNotesServer)

export default protect(notes, (request, auth) => mcp.fetch(request, { authInfo: auth }))
