/** A Worker with the stateless handler of Cloudflare's agents. */

import { createMcpHandler } from 'agents/mcp/server'
import { protect } from 'mcp-gatehouse/cloudflare'
import { notes } from '../notes.ts'
import { createNotesServer } from '../sdk2-server.ts'

const mcp = createMcpHandler(createNotesServer)

export default protect(notes, (request, auth) => mcp.fetch(request, { authInfo: auth }))
