import { createServer } from 'node:http'
import { protect } from 'mcp-gatehouse/node'
import { createMcpHandler } from 'mcp-handler'
import { listen } from '../listen.ts'
import { notes } from '../notes.ts'
import { addNotesTools } from '../sdk2-server.ts'

const mcp = createMcpHandler(addNotesTools)

// In Next.js, the same handler is `protect` of mcp-gatehouse, exported for each method.
const handle = protect(notes, (request, auth) => {
  request.auth = auth
  return mcp(request)
})

listen(createServer(handle))
