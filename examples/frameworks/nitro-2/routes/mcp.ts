import { createMcpHandler } from '@modelcontextprotocol/server'
import { fromNodeMiddleware } from 'h3'
import { protect } from 'mcp-gatehouse/node'
import { notes } from '../../notes.ts'
import { createNotesServer } from '../../sdk2-server.ts'

const mcp = createMcpHandler(createNotesServer)
const listener = protect(notes, (request, auth) => mcp.fetch(request, { authInfo: auth }))

/** Without a third parameter: h3 answers 204 to an error that is passed to it. */
export default fromNodeMiddleware((req, res) => listener(req, res))
