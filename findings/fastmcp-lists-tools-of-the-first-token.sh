#!/usr/bin/env bash
# Versions: fastmcp 4.20.16, @modelcontextprotocol/client 2.4.0 and node 24.21.0 (npm). Standard: MCP 2025-11-25, Authorization (each request
#            has an access token; a step-up gives the client another one in the middle of a session). Documentation of FastMCP: `authenticate`
#            runs for each request; `canAccess` "receives the authentication context and should return `true` if the user is allowed to
#            access the tool".
# Guess:     `canAccess` sees what `execute` sees in `session`: the result of `authenticate` for the current request. After a step-up the list has
#            the new tool, and the call for which the user has just given the consent works, in the session that is open.
# Behaviour: `canAccess` is called when the session opens, with the result for its first token. After the step-up `execute` sees the new scopes,
#            the list has the old tools, and the new tool is "Unknown tool", until the client opens another session. Clients open none after
#            a step-up. Adding or removing any tool calls `canAccess` again, so a server whose tools change does not show it, and
#            neither does a test that begins with the wider token. With `stateless: true` each request is decided anew.
# Output seen: sessions: read: list; stepped up to read write: session read write, list, delete fails; after addTool: list delete other, delete works
#              stateless: read: list; stepped up to read write: session read write, list delete, delete works
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing fastmcp 4.20.16, @modelcontextprotocol/client 2.4.0 and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund fastmcp@4.20.16 @modelcontextprotocol/client@2.4.0 node@24.21.0 >> install.log 2>&1
cat > list.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { FastMCP } from 'fastmcp'

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

async function run(stateless) {
  // The token names its scopes.
  const authenticate = async ({ headers }) => ({ scopes: headers.authorization.slice('Bearer '.length).split('.') })
  const server = new FastMCP({ name: 'notes', version: '1.0.0', authenticate, logger: { ...console, warn() {}, info() {}, debug() {}, error() {}, log() {} } })
  server.addTool({ name: 'list', execute: async (_, { session }) => session.scopes.join(' ') })
  server.addTool({ name: 'delete', canAccess: ({ scopes }) => scopes.includes('write'), execute: async () => 'deleted' })
  const port = await freePort()
  await server.start({ transportType: 'httpStream', httpStream: { host: '127.0.0.1', port, endpoint: '/mcp', stateless } })

  let token = 'read'
  const fetchWithToken = (url, init) => {
    const headers = new Headers(init?.headers)
    headers.set('Authorization', `Bearer ${token}`)
    return fetch(url, { ...init, headers })
  }
  const client = new Client({ name: 'app', version: '1.0.0' })
  client.onerror = () => {}
  await client.connect(new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp`), { fetch: fetchWithToken }))
  const list = async () => (await client.listTools()).tools.map(({ name }) => name).join(' ')
  const scopes = async () => (await client.callTool({ name: 'list', arguments: {} })).content[0].text
  const remove = () => client.callTool({ name: 'delete', arguments: {} }).then(({ isError }) => (isError ? 'fails' : 'works'), () => 'fails')
  let seen = `${await scopes()}: ${await list()}`
  token = 'read.write'
  seen += `; stepped up to read write: session ${await scopes()}, ${await list()}, delete ${await remove()}`
  if (!stateless) {
    server.addTool({ name: 'other', execute: async () => 'done' })
    seen += `; after addTool: ${await list()}, delete ${await remove()}`
  }
  return seen
}
const lines = [`sessions: ${await run(false)}`, `stateless: ${await run(true)}`]
console.log(lines.join('\n'))
process.exit()
JS
seen=$(node_modules/.bin/node list.mjs 2> errors.log | tail -n 2) || { cat errors.log; exit 1; }
echo "$seen"
[ "$seen" = 'sessions: read: list; stepped up to read write: session read write, list, delete fails; after addTool: list delete other, delete works
stateless: read: list; stepped up to read write: session read write, list delete, delete works' ] || { echo 'This has changed.'; exit 1; }
