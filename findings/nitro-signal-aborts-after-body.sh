#!/usr/bin/env bash
# Versions: nitro 3.0.0, @modelcontextprotocol/server 2.4.0, node 24.21.0 (npm). Standard: Fetch (a request's signal says that
#            the request was aborted); MCP 2026-07-28, Streamable HTTP (a disconnect cancels the request).
# Guess:     `event.req.signal` aborts when the client disconnects, so a Fetch handler such as the MCP SDK's works in a route
#            by `mcp.fetch(event.req)`.
# Behaviour: it aborts when the body has been read to its end, with the client still connected and waiting. The SDK takes that
#            for a cancelled request: 499 without a body. The revision 2025-11-25 ignores the signal, so older clients work.
# Output seen: before: false; after: true; 2026-07-28: 499; 2025-11-25: 200; without the signal: 200
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing nitro 3.0.0, @modelcontextprotocol/server 2.4.0 and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund nitro@3.0.0 @modelcontextprotocol/server@2.4.0 node@24.21.0 >> install.log 2>&1
mkdir routes
cat > nitro.config.mjs <<'JS'
export default { compatibilityDate: '2026-11-01', serverDir: './' }
JS
cat > routes/signal.mjs <<'JS'
import { defineHandler } from 'nitro/h3'

export default defineHandler(async ({ req }) => {
  const before = req.signal.aborted
  await req.text()
  await new Promise((resolve) => setTimeout(resolve, 50))
  return `before: ${before}; after: ${req.signal.aborted}`
})
JS
cat > mcp.mjs <<'JS'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'

export const mcp = createMcpHandler(() => {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool('list', {}, async () => {
    await new Promise((resolve) => setTimeout(resolve, 50))
    return { content: [] }
  })
  return server
})
JS
cat > routes/mcp.mjs <<'JS'
import { defineHandler } from 'nitro/h3'
import { mcp } from '../mcp.mjs'

export default defineHandler(({ req }) => mcp.fetch(req))
JS
cat > routes/plain.mjs <<'JS'
import { defineHandler } from 'nitro/h3'
import { mcp } from '../mcp.mjs'

export default defineHandler(({ req }) => mcp.fetch(new Request(req, { signal: null })))
JS
cat > ask.mjs <<'JS'
const post = (path, version, meta) => {
  const params = { name: 'list', arguments: {}, ...(meta && { _meta: meta }) }
  return fetch(`${process.argv[2]}${path}`, {
    method: 'POST',
    headers: {
      Accept: 'application/json, text/event-stream',
      'Content-Type': 'application/json',
      'MCP-Protocol-Version': version,
      'Mcp-Method': 'tools/call',
      'Mcp-Name': 'list',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  })
}
const meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
}
const signal = await (await post('/signal', '2025-11-25')).text()
const modern = await post('/mcp', '2026-07-28', meta)
const legacy = await post('/mcp', '2025-11-25')
const plain = await post('/plain', '2026-07-28', meta)
console.log(`${signal}; 2026-07-28: ${modern.status}; 2025-11-25: ${legacy.status}; without the signal: ${plain.status}`)
JS
export PATH="$work/node_modules/.bin:$PATH" HOST=127.0.0.1 PORT
PORT=$(node -e "require('net').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port); this.close() })")
node node_modules/.bin/nitro build > build.log 2>&1
node .output/server/index.mjs > server.log 2>&1 & server=$!
trap 'kill "$server" 2> /dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 100); do grep -q Listening server.log && break; sleep 0.1; done
seen=$(node ask.mjs "http://127.0.0.1:$PORT")
echo "$seen"
[ "$seen" = 'before: false; after: true; 2026-07-28: 499; 2025-11-25: 200; without the signal: 200' ] || { echo 'This has changed.'; exit 1; }
