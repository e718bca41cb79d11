// A guarded server over HTTP/2: the body that the handler receives, and how much of an endless stream it produces for a client
// that reads nothing of it.

import { once } from 'node:events'
import { connect, createServer } from 'node:http2'
import { protectedResource } from '../../../dist/index.js'
import { protect } from '../../../dist/node.js'
import { createTestIssuer } from '../../../dist/testing.js'

const MAX_CHUNKS = 2000
const resource = 'https://rs.example/mcp'
const issuer = createTestIssuer({ resource })
const { issuer: identifier, fetch } = issuer
let chunks = 0
const server = createServer(
  protect(
    protectedResource({ resource, authorizationServers: [identifier], fetch }),
    async (request) => {
      if (request.method === 'POST') return new Response(await request.text())
      const body = new ReadableStream({
        pull(controller) {
          chunks += 1
          if (chunks < MAX_CHUNKS) controller.enqueue(new Uint8Array(10_000))
          else controller.close()
        },
      })
      return new Response(body)
    },
  ),
)
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const client = connect(`http://127.0.0.1:${server.address().port}`)
const fields = { ':path': '/mcp', authorization: `Bearer ${await issuer.token()}` }
const call = client.request({ ...fields, ':method': 'POST' })
call.end('x'.repeat(3000))
const text = Buffer.concat(await call.toArray()).toString()
const endless = client.request(fields)
await once(endless, 'response')
// Nothing else is left to do for a server that waits.
for (let turns = 0; turns < 10 * MAX_CHUNKS && chunks < MAX_CHUNKS; turns += 1) {
  await new Promise(setImmediate)
}
console.log(JSON.stringify({ text, isBounded: chunks < MAX_CHUNKS }))
process.exit()
