import { createServer } from 'node:http'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import { protect } from 'mcp-gatehouse/node'
import { listen } from './listen.ts'
import { notes } from './notes.ts'
import { createNotesServer } from './sdk1-server.ts'

// On a host that passes a Request, the same handler is `protect` of mcp-gatehouse.
const handle = protect(notes, async (request, auth) => {
  const transport = new WebStandardStreamableHTTPServerTransport()
  await createNotesServer().connect(transport)
  return transport.handleRequest(request, { authInfo: auth })
})

listen(createServer(handle))
