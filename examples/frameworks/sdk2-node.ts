import { createServer } from 'node:http'
import { createMcpHandler } from '@modelcontextprotocol/server'
import { protect } from 'mcp-gatehouse/node'
import { listen } from './listen.ts'
import { notes } from './notes.ts'
import { createNotesServer } from './sdk2-server.ts'

const mcp = createMcpHandler(createNotesServer)

listen(createServer(protect(notes, (request, auth) => mcp.fetch(request, { authInfo: auth }))))
