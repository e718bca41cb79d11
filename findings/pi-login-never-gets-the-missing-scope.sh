#!/usr/bin/env bash
# Versions: @earendil-works/pi-coding-agent 1.6.0 and node 24.21.0 (npm), with a model on loopback; curl as the browser. Standards: RFC 6750
#            §3.1 (`insufficient_scope`), RFC 9728 §5.2 (metadata may change). Documentation of Pi: "If a server later requests additional
#            scope, Pi asks for sign-in again", by `/mcp login` or `pi mcp login`.
# Guess:     a call that the server rejects for its scope, or because it has moved to another authorization server, ends with "requires
#            sign-in". `pi mcp login` is that sign-in: it opens the login page for the missing scope, or that of the new server.
# Behaviour: it opens no page. For the scope it connects first, which works without the scope, and ends with "Already signed in"; each later
#            call requires sign-in again. After `pi mcp logout` it does open the page, for the scope of connecting only, and the call is rejected
#            as before: Pi keeps the missing scope in the process that was rejected, so `/mcp` in that session is the only way.
#            After the move it refreshes at the old server, and ends with "Signed in, but … requires sign-in" until a logout.
# Output seen: scope: call requires sign-in, login opens no page, "Already signed in"; after logout: login for read at old, call requires
#              sign-in; moved: tool is gone, login opens no page, "Signed in, but"; after logout: login for read at new, call works
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
unshare -rn ip link set lo up 2> /dev/null || { echo 'This needs Linux with user namespaces, and apt-get install util-linux iproute2'; exit 2; }
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing node 24.21.0 and @earendil-works/pi-coding-agent 1.6.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund --ignore-scripts @earendil-works/pi-coding-agent@1.6.0 >> install.log 2>&1
npm install --no-audit --no-fund node@24.21.0 >> install.log 2>&1
cat > login.mjs <<'JS'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

const listen = async (handler) => {
  const server = createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${server.address().port}`
}
const json = (response, body, status = 200) =>
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
/** The logins since the last step: scope and authorization server. */
const logins = []

/** An authorization server whose tokens are its name and their scope. Its login page agrees at once. */
async function authorizationServer(name) {
  let scope = ''
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
    if (pathname === '/register') return json(response, { ...JSON.parse([...form.keys()].join('') || '{}'), client_id: 'client' }, 201)
    if (pathname === '/authorize') {
      scope = searchParams.get('scope')
      logins.push(`${scope} at ${name}`)
      const back = new URL(searchParams.get('redirect_uri'))
      back.searchParams.set('code', 'code')
      back.searchParams.set('state', searchParams.get('state'))
      return response.writeHead(302, { Location: back.href }).end()
    }
    if (pathname === '/token')
      return json(response, { access_token: `${name}.${scope.replace(' ', '.')}`, token_type: 'Bearer', expires_in: 3600, refresh_token: 'refresh', scope })
    json(response, {}, 404)
  })
  return issuer
}
const servers = { old: await authorizationServer('old'), new: await authorizationServer('new') }
let current = 'old'
let needed = 'read'
const METADATA = '/.well-known/oauth-protected-resource/mcp'
const origin = await listen(async (request, response) => {
  const body = await text(request)
  const reject = (status, parameters) =>
    response.writeHead(status, { 'WWW-Authenticate': `Bearer ${parameters}, resource_metadata="${origin}${METADATA}"` }).end()
  if (request.url === METADATA) return json(response, { resource: `${origin}/mcp`, authorization_servers: [servers[current]] })
  if (request.url === '/v1/chat/completions') return model(JSON.parse(body), response)
  if (request.url !== '/mcp') return json(response, {}, 404)
  const [issuer, ...scopes] = (request.headers.authorization?.slice(7) ?? '').split('.')
  if (issuer !== current) return reject(401, `${issuer === '' ? '' : 'error="invalid_token", '}scope="read"`)
  if (request.method !== 'POST') return response.writeHead(405).end()
  const { id, method, params } = JSON.parse(body)
  const result = (value) => json(response, { jsonrpc: '2.0', id, result: value })
  if (method === 'initialize')
    return result({ protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'notes', version: '1' } })
  if (method === 'tools/list') return result({ tools: [{ name: 'note', description: 'A note.', inputSchema: { type: 'object' } }] })
  if (method === 'tools/call') {
    if (!scopes.includes(needed)) return reject(403, 'error="insufficient_scope", scope="read write"')
    return result({ content: [{ type: 'text', text: 'Buy milk' }] })
  }
  response.writeHead(id === undefined ? 202 : 404).end()
})

/** Calls the tool once, and keeps its result. */
let heard = ''
function model({ messages, tools = [] }, response) {
  const tool = tools.find((each) => each.function.name.endsWith('note'))
  const answered = messages.findLast(({ role }) => role === 'tool')
  heard = answered === undefined ? heard : JSON.stringify(answered.content)
  const call = { index: 0, id: 'call', type: 'function', function: { name: tool?.function.name, arguments: '{}' } }
  const isCall = tool !== undefined && answered === undefined
  const delta = isCall ? { role: 'assistant', tool_calls: [call] } : { role: 'assistant', content: 'Done.' }
  response.writeHead(200, { 'Content-Type': 'text/event-stream' })
  for (const choice of [{ index: 0, delta, finish_reason: null }, { index: 0, delta: {}, finish_reason: isCall ? 'tool_calls' : 'stop' }])
    response.write(`data: ${JSON.stringify({ id: 'chat', object: 'chat.completion.chunk', created: 1, model: 'model', choices: [choice] })}\n\n`)
  response.end('data: [DONE]\n\n')
}

const home = `${process.cwd()}/home`
mkdirSync(`${home}/.pi/agent`, { recursive: true })
writeFileSync(`${home}/.pi/agent/mcp.json`, JSON.stringify({ mcpServers: { notes: { url: `${origin}/mcp`, exposure: 'direct' } } }))
const provider = { baseUrl: `${origin}/v1`, api: 'openai-completions', apiKey: 'none', models: [{ id: 'model' }] }
writeFileSync(`${home}/.pi/agent/models.json`, JSON.stringify({ providers: { local: provider } }))
writeFileSync(`${home}/xdg-open`, `#!/bin/sh\nexec curl -sL "$1"\n`)
chmodSync(`${home}/xdg-open`, 0o755)
const env = { PATH: `${home}:${process.env.PATH}`, HOME: home, BROWSER: `${home}/xdg-open`, DISPLAY: ':0', PI_OFFLINE: '1', PI_TELEMETRY: '0' }
const pi = (...args) =>
  new Promise((resolve) => {
    const child = execFile(process.env.PI, args, { cwd: home, env, timeout: 60_000 }, (_, out, error) => resolve(`${out}${error}`))
    child.stdin.end()
  })
async function call() {
  heard = ''
  await pi('--model', 'local/model', '-p', 'Go.')
  if (heard.includes('Buy milk')) return 'call works'
  if (heard === '') return 'tool is gone'
  return heard.includes('requires sign-in') ? 'call requires sign-in' : heard
}
async function login() {
  logins.length = 0
  const said = await pi('mcp', 'login', 'notes')
  const [end = said] = /Already signed in|Signed in, but|Signed in/.exec(said) ?? []
  return logins.length > 0 ? `login for ${logins.join(' and ')}` : `login opens no page, "${end}"`
}
await login()
needed = 'write'
const report = [`scope: ${await call()}, ${await login()}`]
await pi('mcp', 'logout', 'notes')
report.push(`after logout: ${await login()}, ${await call()}`)
needed = 'read'
current = 'new'
report.push(`moved: ${await call()}, ${await login()}`)
await pi('mcp', 'logout', 'notes')
report.push(`after logout: ${await login()}, ${await call()}`)
console.log(report.join('; '))
process.exit(0)
JS
# In a network with loopback only, because the program looks for updates.
seen=$(PI="$work/node_modules/.bin/pi" PATH="$work/node_modules/.bin:$PATH" unshare -rn sh -c 'ip link set lo up && exec node login.mjs' 2> warnings.log | tail -n 1)
echo "$seen"
scope='scope: call requires sign-in, login opens no page, "Already signed in"; after logout: login for read at old, call requires sign-in'
moved='moved: tool is gone, login opens no page, "Signed in, but"; after logout: login for read at new, call works'
[ "$seen" = "$scope; $moved" ] || { echo 'This has changed.'; exit 1; }
