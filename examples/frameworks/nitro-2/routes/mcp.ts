import { createMcpHandler } from '@modelcontextprotocol/server'
import { defineEventHandler, toWebRequest } from 'h3'
import { protect } from 'mcp-gatehouse'
import { notes } from '../../notes.ts'
import { createNotesServer } from '../../sdk2-server.ts'

const mcp = createMcpHandler(createNotesServer)
const handle = protect(notes, (request, auth) => mcp.fetch(request, { authInfo: auth }))

export default defineEventHandler((event) => handle(toWebRequest(event)))
