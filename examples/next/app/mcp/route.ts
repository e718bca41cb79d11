import { protect } from 'mcp-gatehouse'
import { mcp, notes } from '../../lib/notes.ts'

const handle = protect(notes, (request, auth) => mcp.fetch(request, { authInfo: auth }))

/** A route exports a function for each method; one does for all. */
export const POST = (request: Request) => handle(request)
export { POST as DELETE, POST as GET, POST as OPTIONS }
