#!/usr/bin/env bash
# Versions: VS Code 1.139.1 in code-server 4.139.1, node 24.21.0 and playwright-core 1.64.1 (npm), Chromium 156 (Debian 12).
#            Standards: RFC 6749 §5.1 (`expires_in`), §6; RFC 9110 §15.6.4 (a 503 is for a while).
# Guess:     an access token of five minutes, the default of Keycloak, costs an MCP client one refresh in five minutes, shortly
#            before its end or at the 401 after it. A refresh that gets a 503 changes nothing: the access token is still valid, and so
#            is the refresh token.
# Behaviour: VS Code refreshes a token that has 300 seconds left or less, so one of 300 seconds is due at once, and so is the
#            next one. It needs no request for that: each new token makes it look again, several times in a second, for as long
#            as the window is open. Its user sees nothing. A token of 310 seconds is refreshed once, at the next request.
#            A refresh that fails, also with 503, removes both tokens: the call fails, and the user has to log in again, although
#            the access token is valid for 298 seconds more. Each refresh is such a risk.
# Output seen: 900 s, ten seconds without a call: 0 refreshes, no login
#              300 s, ten seconds without a call: more than 20 refreshes, no login
#              310 s, a call after twelve: 1 refreshes, no login, works, works
#              310 s, a call after twelve, 503 at the refresh: 1 refreshes, a login, fails, works
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
unshare -rn ip link set lo up 2> /dev/null || { echo 'This needs Linux with user namespaces, and apt-get install util-linux iproute2'; exit 2; }
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
command -v chromium > /dev/null || { echo 'This needs Chromium: apt-get install chromium'; exit 2; }
echo 'Installing code-server 4.139.1, playwright-core 1.64.1 and node 24.21.0'
npm init -y > install.log 2>&1
# Without scripts, which would compile what only terminals and file watchers need.
npm install --no-audit --no-fund --ignore-scripts code-server@4.139.1 playwright-core@1.64.1 >> install.log 2>&1
(cd node_modules/code-server/lib/vscode && npm install --no-audit --no-fund --ignore-scripts --omit=dev >> "$work/install.log" 2>&1)
mkdir node && (cd node && npm init -y && npm install --no-audit --no-fund node@24.21.0) >> install.log 2>&1
cat > watch.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { chromium } from 'playwright-core'

const CALLER = `
const { createServer } = require('node:http')
const { commands, lm } = require('vscode')
exports.activate = () => createServer(async ({ url }, response) => {
  try {
    if (url === '/start') await commands.executeCommand('workbench.mcp.startServer', '*', { waitForLiveTools: true })
    if (url === '/call') await lm.invokeTool(lm.tools.find(({ name }) => name.endsWith('read_note')).name, { input: {} })
    response.end('works')
  } catch { response.end('fails') }
}).listen(18091, '127.0.0.1')`
const MANIFEST = { name: 'caller', publisher: 'run', version: '1.0.0', engines: { vscode: '^1.90.0' }, main: './main.js', activationEvents: ['onStartupFinished'] }
const SETTINGS = { 'security.workspace.trust.enabled': false, 'telemetry.telemetryLevel': 'off', 'chat.tools.global.autoApprove': true }
const listens = async (url) => { while (!(await fetch(url).catch(() => undefined))) await setTimeout(250) }

/** A login of a home and servers of its own, and then what `act` does. */
async function session(name, { lifetime, act }) {
  const seen = { refreshes: 0, logins: 0 }
  let issued = 0
  let isDown = false
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString()
    const { pathname } = new URL(request.url, origin)
    const respond = (status, value, fields) => response.writeHead(status, { 'Content-Type': 'application/json', ...fields }).end(JSON.stringify(value))
    if (pathname === '/.well-known/oauth-protected-resource/mcp') return respond(200, { resource: `${origin}/mcp`, authorization_servers: [origin], scopes_supported: ['read'] })
    if (pathname === '/.well-known/oauth-authorization-server') return respond(200, { issuer: origin, authorization_endpoint: `${origin}/login`, token_endpoint: `${origin}/token`, registration_endpoint: `${origin}/register`, response_types_supported: ['code'], code_challenge_methods_supported: ['S256'] })
    if (pathname === '/register') return respond(201, { ...JSON.parse(body), client_id: 'client' })
    if (pathname === '/token') {
      const isRefresh = new URLSearchParams(body).get('grant_type') === 'refresh_token'
      if (isRefresh) seen.refreshes++
      if (isRefresh && isDown) return respond(503, { error: 'temporarily_unavailable' })
      return respond(200, { access_token: `access-${++issued}`, refresh_token: `refresh-${issued}`, token_type: 'Bearer', expires_in: lifetime, scope: 'read' })
    }
    if (!request.headers.authorization) return respond(401, {}, { 'WWW-Authenticate': `Bearer resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp", scope="read"` })
    if (request.method !== 'POST') return respond(405, {})
    const { id, method } = JSON.parse(body)
    if (id === undefined) return respond(202)
    const results = {
      initialize: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'notes', version: '1.0.0' } },
      'tools/list': { tools: [{ name: 'read_note', description: 'Reads a note', inputSchema: { type: 'object' } }] },
      'tools/call': { content: [{ type: 'text', text: 'Buy milk' }] },
    }
    respond(200, { jsonrpc: '2.0', id, result: results[method] ?? {} })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${server.address().port}`

  const home = `${process.cwd()}/home-${name}`
  for (const folder of ['workspace/.vscode', 'data/User', 'extensions/caller']) mkdirSync(`${home}/${folder}`, { recursive: true })
  writeFileSync(`${home}/workspace/.vscode/mcp.json`, JSON.stringify({ servers: { notes: { type: 'http', url: `${origin}/mcp` } } }))
  writeFileSync(`${home}/data/User/settings.json`, JSON.stringify(SETTINGS))
  writeFileSync(`${home}/extensions/caller/package.json`, JSON.stringify(MANIFEST))
  writeFileSync(`${home}/extensions/caller/main.js`, CALLER)
  const options = ['--auth', 'none', '--bind-addr', '127.0.0.1:18090', '--disable-telemetry', '--disable-update-check', '--disable-workspace-trust']
  const folders = ['--user-data-dir', `${home}/data`, '--extensions-dir', `${home}/extensions`, `${home}/workspace`]
  const program = spawn(process.execPath, ['node_modules/code-server/out/node/entry.js', ...options, ...folders], { env: { ...process.env, HOME: home }, detached: true, stdio: 'ignore' })
  await listens('http://127.0.0.1:18090/healthz')
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-background-networking'] })
  const context = await browser.newContext()
  // The login page, and https://vscode.dev/redirect, which returns to the window that `state` names.
  await context.route(({ searchParams }) => searchParams.has('code_challenge'), (route) => {
    seen.logins++
    const back = new URL(decodeURIComponent(new URL(route.request().url()).searchParams.get('state')))
    back.searchParams.set('vscode-query', `${back.searchParams.get('vscode-query')}&code=code`)
    return route.fulfill({ status: 302, headers: { Location: back.href } })
  })
  const page = await context.newPage()
  await page.goto(`http://127.0.0.1:18090/?folder=${home}/workspace`)
  let isOpen = true
  const buttons = ['Allow', 'Open', 'Enable'].map((text) => `.monaco-dialog-box .monaco-button:text-is("${text}")`).join(', ')
  const clicks = (async () => { while (isOpen) await page.locator(buttons).first().click({ timeout: 5000 }).catch(() => {}) })()
  await listens('http://127.0.0.1:18091')
  const ask = async (path) => (await fetch(`http://127.0.0.1:18091${path}`)).text()
  await ask('/start')
  // The first call of a window asks whether calls may start without a question.
  await ask('/call')
  Object.assign(seen, { refreshes: 0, logins: 0 })
  const result = await act(() => ask('/call'), (it) => { isDown = it })
  const { refreshes, logins } = seen
  isOpen = false
  await Promise.all([clicks, browser.close()])
  process.kill(-program.pid, 'SIGKILL')
  server.close()
  return `${refreshes > 20 ? 'more than 20' : refreshes} refreshes, ${logins > 0 ? 'a' : 'no'} login${result}`
}
async function wait() {
  await setTimeout(10_000)
  return ''
}
/** Two calls when 298 seconds are left; the server is down during the first. */
async function callInOutage(call, setDown) {
  await setTimeout(12_000)
  setDown(true)
  const first = await call()
  setDown(false)
  return `, ${first}, ${await call()}`
}
console.log([
  `900 s, ten seconds without a call: ${await session('long', { lifetime: 900, act: wait })}`,
  `300 s, ten seconds without a call: ${await session('short', { lifetime: 300, act: wait })}`,
  `310 s, a call after twelve: ${await session('refresh', { lifetime: 310, act: (call) => callInOutage(call, () => {}) })}`,
  `310 s, a call after twelve, 503 at the refresh: ${await session('outage', { lifetime: 310, act: callInOutage })}`,
].join('\n'))
process.exit()
JS
seen=$(PATH="$work/node/node_modules/.bin:$PATH" unshare -rn --pid --fork --kill-child --mount-proc sh -c 'ip link set lo up && exec node watch.mjs' 2> warnings.log) || tail -8 warnings.log
echo "$seen"
[ "$seen" = '900 s, ten seconds without a call: 0 refreshes, no login
300 s, ten seconds without a call: more than 20 refreshes, no login
310 s, a call after twelve: 1 refreshes, no login, works, works
310 s, a call after twelve, 503 at the refresh: 1 refreshes, a login, fails, works' ] || { echo 'This has changed.'; exit 1; }
