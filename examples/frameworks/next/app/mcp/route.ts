import { protect } from 'mcp-gatehouse'
import { createMcpHandler } from 'mcp-handler'
import { notes } from '../../../notes'
import { addNotesTools } from '../../../sdk2-server'

const mcp = createMcpHandler(addNotesTools)

const handle = protect(notes, (request, auth) => {
  request.auth = auth
  return mcp(request)
})

/** Next.js requires an export for each method. All are the same function. */
export const POST = (request: Request) => handle(request)
export { POST as DELETE, POST as GET, POST as OPTIONS }
