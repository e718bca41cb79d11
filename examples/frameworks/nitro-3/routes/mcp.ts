import { createMcpHandler } from '@modelcontextprotocol/server'
import { protect } from 'mcp-gatehouse'
import { defineHandler } from 'nitro/h3'
import { notes } from '../../notes.ts'
import { createNotesServer } from '../../sdk2-server.ts'

const mcp = createMcpHandler(createNotesServer)
const handle = protect(notes, (request, auth) => mcp.fetch(request, { authInfo: auth }))

/** Nitro's own signal is aborted as soon as the body has been read. */
export default defineHandler(({ req }) => handle(new Request(req, { signal: null })))
