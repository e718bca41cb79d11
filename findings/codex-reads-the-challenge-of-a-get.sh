#!/usr/bin/env bash
# Versions: @openai/codex 0.171.0 and node 24.21.0 (npm), on Linux. Standard: RFC 9728 §5.1 (`resource_metadata` in the challenge of a
#            401); MCP 2026-07-28 Authorization, Scope Selection Strategy (`scope` of the challenge), and Streamable HTTP, Earlier
#            Streamable HTTP Revisions (a GET is 405).
# Guess:     `codex mcp login` sends `initialize` or any other POST, and reads from the challenge of its 401 which metadata to fetch
#            and which scopes to request.
# Behaviour: it sends no POST to the MCP endpoint before the login. It sends a GET, and reads the challenge of that. A server
#            without event streams, as MCP 2026-07-28 has it, answers GET with 405: Codex then requests the scopes of the
#            metadata in place of those of the challenge. Where the metadata is only at the URL that the challenge names, it does
#            not find it, and registers at `/register` of the MCP server's own origin.
# Output seen: GET 401: scopes of the challenge; GET 405: scopes of the metadata; GET 401, metadata elsewhere: scopes of the
#              challenge; GET 405, metadata elsewhere: registers at the MCP server; POST requests to the MCP endpoint: 0
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
unshare -rn ip link set lo up 2> /dev/null || { echo 'This needs Linux with user namespaces, and apt-get install util-linux iproute2'; exit 2; }
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing node 24.21.0 and @openai/codex 0.171.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund --ignore-scripts @openai/codex@0.171.0 >> install.log 2>&1
npm install --no-audit --no-fund node@24.21.0 >> install.log 2>&1
cat > login.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'

const listen = async (handler) => {
  const server = createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${server.address().port}`
}
const json = (response, body, status = 200) =>
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
const issuer = await listen((request, response) => {
  if (request.url === '/register') return json(response, { client_id: 'codex', redirect_uris: ['http://127.0.0.1/callback'] }, 201)
  if (request.url !== '/.well-known/oauth-authorization-server') return json(response, {}, 404)
  json(response, {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    registration_endpoint: `${issuer}/register`,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
  })
})
let getStatus = 401
let metadataPath = ''
let posts = 0
let registeredHere = false
const origin = await listen((request, response) => {
  if (request.url === '/register') registeredHere = true
  if (request.url === metadataPath)
    return json(response, { resource: `${origin}/mcp`, authorization_servers: [issuer], scopes_supported: ['of:metadata'] })
  if (request.url !== '/mcp') return json(response, {}, 404)
  if (request.method === 'POST') posts += 1
  if (request.method === 'GET' && getStatus === 405) return response.writeHead(405, { Allow: 'POST' }).end()
  const challenge = `Bearer resource_metadata="${origin}${metadataPath}", scope="of:challenge"`
  response.writeHead(401, { 'WWW-Authenticate': challenge }).end()
})
const home = `${process.cwd()}/home`
async function logIn() {
  rmSync(home, { recursive: true, force: true })
  mkdirSync(`${home}/.codex`, { recursive: true })
  writeFileSync(`${home}/.codex/config.toml`, `mcp_oauth_credentials_store = "file"\n[mcp_servers.notes]\nurl = "${origin}/mcp"\n`)
  const env = { PATH: process.env.PATH, HOME: home, CODEX_HOME: `${home}/.codex` }
  const child = spawn('node_modules/.bin/codex', ['mcp', 'login', 'notes'], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk))
  for (let tries = 0; tries < 150 && !/authorize\?\S+\s|Error:/.test(printed); tries++) await setTimeout(200)
  if (child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
  const page = /https?:\/\/\S+authorize\?\S+/.exec(printed)?.[0]
  if (page !== undefined) return `scopes of the ${new URL(page).searchParams.get('scope').replace('of:', '')}`
  return registeredHere ? 'registers at the MCP server' : printed.trim()
}
const report = []
for (const [status, path, name] of [
  [401, '/.well-known/oauth-protected-resource/mcp', 'GET 401'],
  [405, '/.well-known/oauth-protected-resource/mcp', 'GET 405'],
  [401, '/metadata', 'GET 401, metadata elsewhere'],
  [405, '/metadata', 'GET 405, metadata elsewhere'],
]) {
  getStatus = status
  metadataPath = path
  registeredHere = false
  report.push(`${name}: ${await logIn()}`)
}
console.log([...report, `POST requests to the MCP endpoint: ${posts}`].join('; '))
process.exit(0)
JS
# In a network with loopback only, because the program looks for updates.
seen=$(PATH="$work/node_modules/.bin:$PATH" unshare -rn sh -c 'ip link set lo up && exec node login.mjs' 2> warnings.log | tail -n 1)
echo "$seen"
expected='GET 401: scopes of the challenge; GET 405: scopes of the metadata; GET 401, metadata elsewhere: scopes of the challenge; GET 405, metadata elsewhere: registers at the MCP server; POST requests to the MCP endpoint: 0'
[ "$seen" = "$expected" ] || { echo 'This has changed.'; exit 1; }
