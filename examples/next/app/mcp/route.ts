import { protect } from 'mcp-gatehouse'
import { mcp, notes } from '../../lib/notes.ts'

const handle = protect(notes, (request, auth) => mcp.fetch(request, { authInfo: auth }))

/** Next.js requires an export for each method. All are the same function. */
export const POST = (request: Request) => handle(request)
export { POST as DELETE, POST as GET, POST as OPTIONS }
