#!/usr/bin/env bash
# Versions: @langchain/mcp-adapters 1.1.4, @langchain/core 1.4.0, node 24.21.0 (npm). Documentation of the library: `beforeToolCall` ("you may also add
#            per-call headers", with `X-Request-ID` as the example), `headers` of a server, `transport` (optional beside `url`).
# Guess:     a header field that `beforeToolCall` returns is sent with that call, in the session of the server and beside its configured fields,
#            `Authorization` among them.
# Behaviour: each call connects again, with the returned fields in place of the configured ones. A request id removes the token, so
#            the call is 401, although the list of tools has just worked with it. A hook that returns the token, too, costs an `initialize`, a session
#            and a GET stream for each call, also with the same value each time. The streams stay open until the whole client is
#            closed; the sessions are never deleted. Without `transport`, such a call sends nothing: "Invalid transport type: undefined".
# Output seen: no hook: 5 of 5 calls, sessions 1, open streams 1; request id: 0 of 5 calls, 401: 5, sessions 1, open streams 1
#              same token: 5 of 5 calls, sessions 6, open streams 6, after close: sessions 6, open streams 0; same token without transport: 0 of 5
#              calls, sessions 1, open streams 1, Error calling tool add: Error: Invalid transport type: undefined
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing @langchain/mcp-adapters 1.1.4 and node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund @langchain/mcp-adapters@1.1.4 @langchain/core@1.4.0 node@24.21.0 >> install.log 2>&1
cat > calls.mjs <<'JS'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { MultiServerMCPClient } from '@langchain/mcp-adapters'

const Authorization = 'Bearer token'
const sessions = new Set()
let open = 0
let rejected = 0
const server = createServer(async (request, response) => {
  const { method, id, params } = JSON.parse(Buffer.concat(await request.toArray()).toString() || '{}')
  const send = (result, fields = {}) =>
    response.writeHead(200, { 'Content-Type': 'application/json', ...fields }).end(JSON.stringify({ jsonrpc: '2.0', id, result }))
  if (request.headers.authorization !== Authorization) {
    rejected++
    return response.writeHead(401, { 'WWW-Authenticate': 'Bearer' }).end()
  }
  if (request.method === 'DELETE') {
    sessions.delete(request.headers['mcp-session-id'])
    return response.end()
  }
  if (request.method === 'GET') {
    open++
    response.on('close', () => open--)
    return response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write(':\n\n')
  }
  if (method === 'initialize') {
    const session = randomUUID()
    sessions.add(session)
    const info = { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'notes', version: '1' } }
    return send(info, { 'Mcp-Session-Id': session })
  }
  if (method === 'tools/list') return send({ tools: [{ name: 'add', inputSchema: { type: 'object', properties: {} } }] })
  if (method === 'tools/call') return send({ content: [{ type: 'text', text: 'added' }] })
  response.writeHead(202).end()
})
await once(server.listen(0, '127.0.0.1'), 'listening')
const url = `http://127.0.0.1:${server.address().port}/mcp`

async function run(transport, headers) {
  sessions.clear()
  rejected = 0
  const notes = { url, ...(transport && { transport }), headers: { Authorization } }
  const hook = headers && { beforeToolCall: () => ({ headers }) }
  const client = new MultiServerMCPClient({ mcpServers: { notes }, ...hook })
  const [tool] = await client.getTools()
  let works = 0
  let error
  for (let call = 0; call < 5; call++) works += await tool.invoke({}).then(() => 1, ({ message }) => ((error = message), 0))
  await setTimeout(500)
  const seen = `${works} of 5 calls, ${rejected ? `401: ${rejected}, ` : ''}sessions ${sessions.size}, open streams ${open}`
  await client.close()
  await setTimeout(500)
  if (!transport) return `${seen}, ${error}`
  return headers?.Authorization ? `${seen}, after close: sessions ${sessions.size}, open streams ${open}` : seen
}
console.log(`no hook: ${await run('http')}; request id: ${await run('http', { 'X-Request-ID': '1' })}`)
console.log(`same token: ${await run('http', { Authorization })}; same token without transport: ${await run(undefined, { Authorization })}`)
process.exit()
JS
seen=$(node_modules/.bin/node calls.mjs 2> errors.log) || { cat errors.log; exit 1; }
echo "$seen"
[ "$seen" = 'no hook: 5 of 5 calls, sessions 1, open streams 1; request id: 0 of 5 calls, 401: 5, sessions 1, open streams 1
same token: 5 of 5 calls, sessions 6, open streams 6, after close: sessions 6, open streams 0; same token without transport: 0 of 5 calls, sessions 1, open streams 1, Error calling tool add: Error: Invalid transport type: undefined' ] || { echo 'This has changed.'; exit 1; }
