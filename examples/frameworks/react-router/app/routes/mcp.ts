import { createMcpHandler } from '@modelcontextprotocol/server'
import { protect } from 'mcp-gatehouse'
import { notes } from '../../../notes.ts'
import { createNotesServer } from '../../../sdk2-server.ts'

const mcp = createMcpHandler(createNotesServer)
const handle = protect(notes, (request, auth) => mcp.fetch(request, { authInfo: auth }))

/** GET and HEAD are for the loader, every other method for the action. */
export const loader = ({ request }: { request: Request }) => handle(request)
export { loader as action }
