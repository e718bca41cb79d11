#!/usr/bin/env bash
# Versions: @sveltejs/kit 3.2.0, @sveltejs/adapter-node 6.0.1, @modelcontextprotocol/sdk 1.32.2, node 24.21.0 (npm). Standards: MCP
#            Streamable HTTP (DELETE ends a session); documentation of SvelteKit: `csrf` concerns form submissions.
# Guess:     a route with `fallback` receives every method. A client that may POST JSON without `Origin` may send `DELETE`
#            without `Origin` as well: it has no body and no content type, so it is not a form submission.
# Behaviour: POST reaches the route; DELETE is 403 `Cross-site DELETE form submissions are forbidden`, from SvelteKit. A request
#            without `Content-Type` counts as a form. `terminateSession()` of the SDK throws, and the session stays. `vite dev` does
#            not check, so this begins with the first build.
# Output seen: connected: true; terminateSession: 403; sessions deleted: 0; with Content-Type json: 200
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
export TMPDIR="$work"
echo 'Installing @sveltejs/kit 3.2.0, @modelcontextprotocol/sdk 1.32.2 and node 24.21.0'
npm init -y > install.log 2>&1 && npm pkg set type=module >> install.log 2>&1
npm install --no-audit --no-fund @sveltejs/kit@3.2.0 @sveltejs/adapter-node@6.0.1 svelte@5.57.3 vite@8.3.8 \
  @sveltejs/vite-plugin-svelte@7.3.1 @modelcontextprotocol/sdk@1.32.2 node@24.21.0 >> install.log 2>&1
mkdir -p src/routes/mcp
cat > vite.config.js <<'JS'
import adapter from '@sveltejs/adapter-node'
import { sveltekit } from '@sveltejs/kit/vite'

export default { plugins: [sveltekit({ adapter: adapter() })] }
JS
echo '<html><head>%sveltekit.head%</head><body>%sveltekit.body%</body></html>' > src/app.html
cat > src/routes/mcp/+server.js <<'JS'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'

const transports = new Map()
let deleted = 0

export const fallback = async ({ request }) => {
  if (request.method === 'PUT') return new Response(String(deleted))
  if (request.method === 'DELETE') deleted += 1
  const id = request.headers.get('Mcp-Session-Id')
  if (id !== null) return transports.get(id).handleRequest(request)
  const transport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: () => crypto.randomUUID(),
    onsessioninitialized: (created) => transports.set(created, transport),
  })
  await new McpServer({ name: 'notes', version: '1.0.0' }).connect(transport)
  return transport.handleRequest(request)
}
JS
cat > ask.js <<'JS'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

const url = process.argv[2]
const json = { 'Content-Type': 'application/json' }
const client = new Client({ name: 'test', version: '1.0.0' })
const transport = new StreamableHTTPClientTransport(new URL(url))
await client.connect(transport)
const id = transport.sessionId
const ended = await transport.terminateSession().then(
  () => 'ended',
  (error) => error.code,
)
const deleted = await (await fetch(url, { method: 'PUT', headers: json })).text()
const typed = await fetch(url, { method: 'DELETE', headers: { ...json, 'Mcp-Session-Id': id } })
console.log(
  `connected: ${id !== undefined}; terminateSession: ${ended}; sessions deleted: ${deleted}; ` +
    `with Content-Type json: ${typed.status}`,
)
process.exit()
JS
export PATH="$work/node_modules/.bin:$PATH" HOST=127.0.0.1 PORT
PORT=$(node -e "require('net').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port); this.close() })")
node node_modules/.bin/vite build > build.log 2>&1
node build/index.js > server.log 2>&1 & server=$!
trap 'kill "$server" 2> /dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 100); do grep -q Listening server.log && break; sleep 0.1; done
seen=$(node ask.js "http://127.0.0.1:$PORT/mcp")
echo "$seen"
[ "$seen" = 'connected: true; terminateSession: 403; sessions deleted: 0; with Content-Type json: 200' ] || { echo 'This has changed.'; exit 1; }
