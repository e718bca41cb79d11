import { createAdaptorServer } from '@hono/node-server'
import { createMcpHandler } from '@modelcontextprotocol/server'
import { protect } from 'mcp-gatehouse'
import { listen } from './listen.ts'
import { notes } from './notes.ts'
import { createNotesServer } from './sdk2-server.ts'

const mcp = createMcpHandler(createNotesServer)
const handle = protect(notes, (request, auth) => mcp.fetch(request, { authInfo: auth }))

// A host that passes a Request needs only `export default { fetch: handle }`.
listen(createAdaptorServer({ fetch: handle, overrideGlobalObjects: false }))
