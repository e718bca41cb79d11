#!/usr/bin/env bash
# Versions: agents 0.32.0 with miniflare 4.20260730.0 and its workerd, esbuild 0.27.0, node 24.21.0 (npm); fetch as the browser. Standards:
#            RFC 6749 §5.2 (`invalid_grant` at a refresh: the login has ended). Documentation of Cloudflare Agents: `addMcpServer()` returns
#            `authenticating` with the login page, and the page of the agent reads `state` and `auth_url` from `getMcpServers()`.
# Guess:     when a login has ended, because its refresh token has expired or was revoked, the next call fails and the server is `authenticating`
#            again, with a login page; at the latest after another `addMcpServer()`, which is the documented way to connect.
# Behaviour: the call fails with "Unauthorized", and the server stays `ready` for as long as the agent runs, with no login page. Another
#            `addMcpServer()` changes nothing. The agent has deleted its tokens, and calls without one.
#            Only `removeMcpServer()` and then `addMcpServer()` lead to a login page.
# Output seen: added: authenticating, login page; logged in: ready, call works; login ended: call fails, ready, no login page; added
#              again: ready, no login page, call fails; removed and added: authenticating, login page; logged in: ready, call works
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
unshare -rn ip link set lo up 2> /dev/null || { echo 'This needs Linux with user namespaces, and apt-get install util-linux iproute2'; exit 2; }
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
export TMPDIR="$work"
echo 'Installing node 24.21.0, agents 0.32.0, miniflare 4.20260730.0 and esbuild 0.27.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund --ignore-scripts agents@0.32.0 miniflare@4.20260730.0 esbuild@0.27.0 >> install.log 2>&1
npm install --no-audit --no-fund node@24.21.0 >> install.log 2>&1
cat > worker.mjs <<'JS'
import { Agent, routeAgentRequest } from 'agents'

export class Notes extends Agent {
  async onRequest(request) {
    const { pathname, origin } = new URL(request.url)
    const url = await request.text()
    const [id] = Object.keys(this.getMcpServers().servers)
    try {
      if (pathname.endsWith('/add')) await this.addMcpServer('notes', url, { callbackHost: origin })
      if (pathname.endsWith('/remove')) await this.removeMcpServer(id)
      if (pathname.endsWith('/call')) return Response.json(await this.mcp.callTool({ serverId: id, name: 'note', arguments: {} }))
      return Response.json(Object.values(this.getMcpServers().servers))
    } catch (error) {
      return Response.json({ error: String(error) })
    }
  }
}
export default { fetch: async (request, env) => (await routeAgentRequest(request, env)) ?? new Response(null, { status: 404 }) }
JS
cat > login.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { build } from 'esbuild'
import { Miniflare } from 'miniflare'

const listen = async (handler) => {
  const server = createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${server.address().port}`
}
const json = (response, body, status = 200) =>
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
/** The login of the user. Tokens carry its number, and those of an ended login are rejected. */
let login = 1

/** Its login page agrees at once. */
const issuer = await listen(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, issuer)
  const form = new URLSearchParams(await text(request))
  if (pathname === '/.well-known/oauth-authorization-server')
    return json(response, {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      registration_endpoint: `${issuer}/register`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none'],
    })
  if (pathname === '/register') return json(response, { ...JSON.parse([...form.keys()].join('')), client_id: 'client' }, 201)
  if (pathname === '/authorize') {
    const back = new URL(searchParams.get('redirect_uri'))
    back.searchParams.set('code', `code-${login}`)
    back.searchParams.set('state', searchParams.get('state'))
    return response.writeHead(302, { Location: back.href }).end()
  }
  if (pathname !== '/token') return json(response, {}, 404)
  const given = form.get('code') ?? form.get('refresh_token')
  if (!given.endsWith(`-${login}`)) return json(response, { error: 'invalid_grant' }, 400)
  json(response, { access_token: `access-${login}`, token_type: 'Bearer', expires_in: 3600, refresh_token: `refresh-${login}` })
})
const METADATA = '/.well-known/oauth-protected-resource/mcp'
const origin = await listen(async (request, response) => {
  const body = await text(request)
  if (request.url === METADATA) return json(response, { resource: `${origin}/mcp`, authorization_servers: [issuer] })
  if (request.url !== '/mcp') return json(response, {}, 404)
  const { authorization } = request.headers
  if (authorization !== `Bearer access-${login}`) {
    const error = authorization === undefined ? '' : 'error="invalid_token", '
    return response.writeHead(401, { 'WWW-Authenticate': `Bearer ${error}resource_metadata="${origin}${METADATA}"` }).end()
  }
  if (request.method !== 'POST') return response.writeHead(405).end()
  const { id, method, params } = JSON.parse(body)
  const result = (value) => json(response, { jsonrpc: '2.0', id, result: value })
  if (method === 'initialize')
    return result({ protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'notes', version: '1' } })
  if (method === 'tools/list') return result({ tools: [{ name: 'note', description: 'A note.', inputSchema: { type: 'object' } }] })
  if (method === 'tools/call') return result({ content: [{ type: 'text', text: 'Buy milk' }] })
  if (id === undefined) return response.writeHead(202).end()
  json(response, { jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } })
})

const { outputFiles } = await build({
  entryPoints: ['worker.mjs'], bundle: true, write: false, format: 'esm', platform: 'node', logLevel: 'error',
  conditions: ['workerd', 'worker', 'browser'], external: ['cloudflare:*'],
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire('/')" },
})
const worker = new Miniflare({
  cf: false,
  modules: [{ type: 'ESModule', path: 'worker.js', contents: outputFiles[0].text }],
  compatibilityDate: '2026-07-30', compatibilityFlags: ['nodejs_compat'],
  durableObjects: { Notes: { className: 'Notes', useSQLite: true } },
})
const base = new URL('/agents/notes/default/', await worker.ready)
const ask = async (path, body = '') => (await fetch(new URL(path, base), { method: 'POST', body })).json()
const page = async () => (await ask('servers'))[0].auth_url
/** What the page of the agent shows. */
async function server() {
  const [{ state, auth_url: url }] = await ask('servers')
  return `${state}, ${url ? 'login page' : 'no login page'}`
}
async function call() {
  const result = await ask('call')
  return JSON.stringify(result).includes('Buy milk') ? 'call works' : 'call fails'
}
async function visitLoginPage() {
  await fetch(await page())
  for (let attempts = 0; attempts < 40 && (await ask('servers'))[0].state !== 'ready'; attempts++)
    await new Promise((resolve) => setTimeout(resolve, 250))
  const [{ state }] = await ask('servers')
  return `logged in: ${state}, ${await call()}`
}
const report = []
await ask('add', `${origin}/mcp`)
report.push(`added: ${await server()}`, await visitLoginPage())
login = 2
report.push(`login ended: ${await call()}, ${await server()}`)
await ask('add', `${origin}/mcp`)
report.push(`added again: ${await server()}, ${await call()}`)
await ask('remove')
await ask('add', `${origin}/mcp`)
report.push(`removed and added: ${await server()}`, await visitLoginPage())
console.log(report.join('; '))
await worker.dispose()
process.exit(0)
JS
seen=$(PATH="$work/node_modules/.bin:$PATH" unshare -rn sh -c 'ip link set lo up && exec node login.mjs' 2> warnings.log | tail -n 1)
echo "$seen"
before='added: authenticating, login page; logged in: ready, call works; login ended: call fails, ready, no login page'
after='removed and added: authenticating, login page; logged in: ready, call works'
[ "$seen" = "$before; added again: ready, no login page, call fails; $after" ] || { echo 'This has changed.'; exit 1; }
