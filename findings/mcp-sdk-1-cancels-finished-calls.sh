#!/usr/bin/env bash
# Versions: @modelcontextprotocol/sdk 1.32.2 and @modelcontextprotocol/client 2.4.0 (npm). Standard: MCP 2025-11-25,
#            Cancellation (a cancellation notification refers only to a request that is believed to be in progress).
# Guess:     an AbortSignal that is aborted after the result of a call has arrived has no effect. Applications abort one signal
#            at the end of a turn or of a request of their own, as for `fetch`.
# Behaviour: 1.x never removes its listener. Each finished call under that signal sends `notifications/cancelled`, one POST with
#            the access token each: three calls and one abort are three POSTs. opencode 1.18.33, which aborts after each call,
#            doubles its requests in this way, and a server that counts, audits or limits requests counts them. Client 2.x
#            removes the listener and sends nothing.
# Output seen: 1.x: calls answered 3, cancelled afterwards 3 (ids 1 2 3); 2.x: calls answered 3, cancelled afterwards 0
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing node 24.21.0, @modelcontextprotocol/sdk 1.32.2 and @modelcontextprotocol/client 2.4.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund node@24.21.0 @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/client@2.4.0 >> install.log 2>&1
cat > ask.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import * as two from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

let answered = []
let cancelled = []
const RESULTS = {
  initialize: {
    protocolVersion: '2025-06-18',
    capabilities: { tools: {} },
    serverInfo: { name: 'server', version: '1.0.0' },
  },
  'tools/call': { content: [{ type: 'text', text: 'done' }] },
}
const server = createServer(async (request, response) => {
  const body = await text(request)
  const { id, method, params } = body === '' ? {} : JSON.parse(body)
  if (method === 'notifications/cancelled') cancelled.push(params.requestId)
  if (RESULTS[method] === undefined) return response.writeHead(request.method === 'POST' ? 202 : 405).end()
  response.setHeader('Content-Type', 'application/json')
  response.end(JSON.stringify({ jsonrpc: '2.0', id, result: RESULTS[method] }))
  if (method === 'tools/call') answered.push(id)
})
await once(server.listen(0, '127.0.0.1'), 'listening')
const url = new URL(`http://127.0.0.1:${server.address().port}/mcp`)

async function run(client, transport, call) {
  answered = []
  cancelled = []
  await client.connect(transport)
  const turn = new AbortController()
  for (let count = 0; count < 3; count++) await call(client, turn.signal)
  turn.abort()
  await setTimeout(500)
  await client.close()
  const ids = cancelled.length > 0 ? ` (ids ${cancelled.join(' ')})` : ''
  return `calls answered ${answered.length}, cancelled afterwards ${cancelled.length}${ids}`
}

const info = { name: 'client', version: '1.0.0' }
const first = await run(new Client(info), new StreamableHTTPClientTransport(url), (client, signal) =>
  client.callTool({ name: 'tool', arguments: {} }, undefined, { signal }),
)
const second = await run(new two.Client(info), new two.StreamableHTTPClientTransport(url), (client, signal) =>
  client.callTool({ name: 'tool', arguments: {} }, { signal }),
)
console.log(`1.x: ${first}; 2.x: ${second}`)
server.close()
JS
seen=$(PATH="$work/node_modules/.bin:$PATH" node ask.mjs 2> warnings.log | tail -n 1)
echo "$seen"
[ "$seen" = '1.x: calls answered 3, cancelled afterwards 3 (ids 1 2 3); 2.x: calls answered 3, cancelled afterwards 0' ] || { echo 'This has changed.'; exit 1; }
