#!/usr/bin/env bash
# Versions: @modelcontextprotocol/sdk 1.32.2, @modelcontextprotocol/client 2.4.0, node 24.21.0 (npm). Standard: MCP 2025-11-25,
#            Streamable HTTP (the stream of a response should end after the response to its request).
# Guess:     a call whose event stream ends, or breaks off, without a result fails at once: nothing can arrive any more. So a
#            server that is restarted in the middle of a call costs an error.
# Behaviour: nothing happens. Both SDKs report a broken stream to `onerror` and an ended one nowhere, and the call waits for its
#            own time limit, 60 s by default. The same server over JSON, cut off at the same moment, is an error at once.
# Output seen, with a limit of 4 s:
#            sdk 1.x: ended: fails at its limit; broken off: fails at its limit; JSON broken off: fails at once
#            sdk 2.x: ended: fails at its limit; broken off: fails at its limit; JSON broken off: fails at once
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing the two SDKs and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund node@24.21.0 @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/client@2.4.0 \
  zod@4.6.7 >> install.log 2>&1
cat > wait.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import * as second from '@modelcontextprotocol/client'
import * as client1 from '@modelcontextprotocol/sdk/client/index.js'
import * as http1 from '@modelcontextprotocol/sdk/client/streamableHttp.js'

let how
const server = createServer(async (request, response) => {
  const { method, id, params } = JSON.parse(Buffer.concat(await request.toArray()).toString() || '{}')
  const send = (status, result) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, result }))
  const info = { protocolVersion: params?.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'notes', version: '1' } }
  if (method === 'initialize') return send(200, info)
  if (method === 'tools/list') return send(200, { tools: [{ name: 'add', inputSchema: { type: 'object', properties: {} } }] })
  if (method !== 'tools/call') return send(request.method === 'POST' && method.startsWith('notifications/') ? 202 : 405)
  response.writeHead(200, { 'Content-Type': how.startsWith('JSON') ? 'application/json' : 'text/event-stream' })
  response.write(how.startsWith('JSON') ? '{"jsonrpc":' : ': working\n\n')
  setTimeout(() => (how === 'ended' ? response.end() : response.destroy()), 200)
})
await once(server.listen(0, '127.0.0.1'), 'listening')
const url = `http://127.0.0.1:${server.address().port}/mcp`
const sdk = ({ Client, StreamableHTTPClientTransport }, place) => async () => {
  const client = new Client({ name: 'client', version: '1' })
  await client.connect(new StreamableHTTPClientTransport(new URL(url)))
  return () => client.callTool({ name: 'add', arguments: {} }, ...place, { timeout: 4000 })
}
const clients = {
  'sdk 1.x': sdk({ ...client1, ...http1 }, [undefined]),
  'sdk 2.x': sdk(second, []),
}
for (const [name, connect] of Object.entries(clients)) {
  const call = await connect()
  const seen = []
  for (how of ['ended', 'broken off', 'JSON broken off']) {
    const started = performance.now()
    const end = await call().then(() => 'succeeds', () => `fails at ${performance.now() - started < 2000 ? 'once' : 'its limit'}`)
    seen.push(`${how}: ${end}`)
  }
  console.log(`${name}: ${seen.join('; ')}`)
}
process.exit()
JS
seen=$(node_modules/.bin/node wait.mjs 2> errors.log) || { cat errors.log; exit 1; }
printf 'Guess:     each of them fails at once.\nBehaviour:\n%s\n' "$seen"
rest='fails at its limit; broken off: fails at its limit; JSON broken off: fails at once'
[ "$seen" = "sdk 1.x: ended: $rest
sdk 2.x: ended: $rest" ] || { echo 'This has changed.'; exit 1; }
