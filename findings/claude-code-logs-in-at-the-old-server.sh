#!/usr/bin/env bash
# Versions: @anthropic-ai/claude-code 2.1.332 and node 24.21.0 (npm), in a terminal on Linux; curl as the browser. Standard: RFC 9728
#            §5.2 (metadata may change), §3 (it names the authorization servers).
# Guess:     an MCP server that moves to another authorization server costs each user one new login: `claude mcp login` is that
#            login, it fetches the protected resource metadata again, and opens the page of the server that it names.
# Behaviour: it fetches the metadata, which names the new server, and opens the login page of the old one, which it remembers with
#            the tokens. The login succeeds there, the user reads "Authenticated … Its tools are now available", and every request
#            is 401. It stays so for as long as the old server runs, however often the user logs in. Only a login
#            after `claude mcp logout` is at the new server.
# Output seen: before: metadata names the old server, login at the old one, Authenticated, connected; moved: metadata names the new
#              server, login at the old one, Authenticated, not connected; logged out: metadata names the new server, login at the
#              new one, Authenticated, connected
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
unshare -rn ip link set lo up 2> /dev/null || { echo 'This needs Linux with user namespaces, and apt-get install util-linux iproute2'; exit 2; }
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing node 24.21.0 and @anthropic-ai/claude-code 2.1.332'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund --ignore-scripts @anthropic-ai/claude-code@2.1.332 >> install.log 2>&1
npm install --no-audit --no-fund node@24.21.0 >> install.log 2>&1
cat > login.mjs <<'JS'
import { spawn } from 'node:child_process'
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
/** The authorization servers that were asked for a login, in order. */
const logins = []
const read = []

/** An authorization server whose tokens begin with its name. Its login page agrees at once. */
async function authorizationServer(name) {
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
    if (pathname === '/register') return json(response, { client_id: `client-of-${name}`, redirect_uris: REDIRECTS }, 201)
    if (pathname === '/authorize') {
      logins.push(name)
      const back = new URL(searchParams.get('redirect_uri'))
      back.searchParams.set('code', 'code')
      back.searchParams.set('state', searchParams.get('state'))
      return response.writeHead(302, { Location: back.href }).end()
    }
    if (pathname === '/token')
      return json(response, { access_token: `${name}-${form.get('grant_type')}`, token_type: 'Bearer', expires_in: 3600, refresh_token: 'refresh' })
    json(response, {}, 404)
  })
  return issuer
}
const REDIRECTS = ['http://localhost/callback']
const servers = { old: await authorizationServer('old'), new: await authorizationServer('new') }
let current = 'old'
const METADATA = '/.well-known/oauth-protected-resource/mcp'
const origin = await listen(async (request, response) => {
  const body = await text(request)
  if (request.url === METADATA) {
    read.push(current)
    return json(response, { resource: `${origin}/mcp`, authorization_servers: [servers[current]] })
  }
  if (request.url !== '/mcp') return json(response, {}, 404)
  const token = request.headers.authorization?.slice(7) ?? ''
  if (!token.startsWith(`${current}-`)) {
    const error = token === '' ? '' : 'error="invalid_token", '
    return response.writeHead(401, { 'WWW-Authenticate': `Bearer ${error}resource_metadata="${origin}${METADATA}"` }).end()
  }
  if (request.method !== 'POST') return response.writeHead(405).end()
  const { id, method, params } = JSON.parse(body)
  if (method === 'initialize')
    return json(response, { jsonrpc: '2.0', id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'notes', version: '1' } } })
  if (id === undefined) return response.writeHead(202).end()
  json(response, { jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } })
})

const home = `${process.cwd()}/home`
mkdirSync(home, { recursive: true })
writeFileSync(`${home}/.claude.json`, JSON.stringify({ hasCompletedOnboarding: true, mcpServers: { notes: { type: 'http', url: `${origin}/mcp` } } }))
writeFileSync(`${home}/browser`, `#!/bin/sh\nexec curl -sL "$1"\n`)
chmodSync(`${home}/browser`, 0o755)
const env = {
  PATH: `${home}:${process.env.PATH}`, HOME: home, BROWSER: `${home}/browser`, TERM: 'xterm-256color', DISPLAY: ':0',
  ANTHROPIC_API_KEY: 'none', ANTHROPIC_BASE_URL: `${origin}/model`, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1', IS_SANDBOX: '1',
}
async function claude(...args) {
  const command = [process.env.CLAUDE, 'mcp', ...args].join(' ')
  const child = spawn('script', ['-qefc', `stty rows 40 cols 160; exec ${command}`, '/dev/null'], { cwd: home, env, stdio: ['pipe', 'pipe', 'inherit'] })
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000)
  const printed = await text(child.stdout)
  clearTimeout(timer)
  return printed
}
const report = []
async function step(name, ...commands) {
  logins.length = 0
  read.length = 0
  let said = ''
  for (const command of commands) said = await claude(...command)
  const worked = /Authenticated/.test(said)
  const status = /Connected/.test(await claude('get', 'notes')) ? 'connected' : 'not connected'
  const end = `${worked ? 'Authenticated' : 'failed'}, ${status}`
  report.push(`${name}: metadata names the ${read.at(-1)} server, login at the ${logins.join(' and ')} one, ${end}`)
}
await step('before', ['login', 'notes'])
current = 'new'
await step('moved', ['login', 'notes'])
await step('logged out', ['logout', 'notes'], ['login', 'notes'])
console.log(report.join('; '))
process.exit(0)
JS
# In a network with loopback only, because the program looks for updates.
program=$(ls -d "$work"/node_modules/@anthropic-ai/claude-code-linux-*/claude | head -n 1)
seen=$(CLAUDE="$program" PATH="$work/node_modules/.bin:$PATH" unshare -rn sh -c 'ip link set lo up && exec node login.mjs' 2> warnings.log | tail -n 1)
echo "$seen"
before='before: metadata names the old server, login at the old one, Authenticated, connected'
moved='moved: metadata names the new server, login at the old one, Authenticated, not connected'
after='logged out: metadata names the new server, login at the new one, Authenticated, connected'
[ "$seen" = "$before; $moved; $after" ] || { echo 'This has changed.'; exit 1; }
