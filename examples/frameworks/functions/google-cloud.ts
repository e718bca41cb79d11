/** Google Cloud Functions: its body parser runs first, and the guard reads `req.body`. */

import { http } from '@google-cloud/functions-framework'
import { createMcpHandler } from '@modelcontextprotocol/server'
import { protect } from 'mcp-gatehouse/node'
import { notes } from '../notes.ts'
import { createNotesServer } from '../sdk2-server.ts'

const mcp = createMcpHandler(createNotesServer)

http(
  'mcp',
  protect(notes, (request, auth) => mcp.fetch(request, { authInfo: auth })),
)
