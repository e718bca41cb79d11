#!/usr/bin/env bash
# Versions: oidc-agent 4.2.6 (oidc-agent-cli of Debian 12), node 24.21.0 (npm). Standards: OAuth 2.1 §4.3.1 (refresh tokens of public clients are
#            bound to their sender or rotate), RFC 9700 §4.14.2 (a used refresh token that comes again ends the grant).
# Guess:     oidc-agent keeps a login over a restart: its encrypted account files are for that. A server that rotates refresh tokens
#            changes nothing: the agent writes each new one to the file, or says that it cannot.
# Behaviour: it can only write while it knows the password. One that is typed at `oidc-add`, which is the default, is forgotten at once. On a desktop,
#            the package oidc-agent-desktop has a window that asks for it. Without that, over SSH or in a container, the new refresh token stays in
#            memory, and `oidc-token` prints its access token without a word. After the next restart the agent sends the used one, and the login
#            has ended. With `oidc-add --pw-store`, or a password from `--pw-cmd`, `--pw-env` or `--pw-file`, it survives.
# Output seen: typed: a1; after a restart: invalid_grant, the server got r1, and r2 was due
#              typed, --pw-store: a1; after a restart: a2
#              --pw-cmd: a1; after a restart: a2
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
for needed in oidc-agent openssl script; do
  command -v $needed > /dev/null || { echo 'This needs apt-get install oidc-agent-cli openssl bsdutils'; exit 2; }
done
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
dpkg-query -W oidc-agent-cli 2> /dev/null || true
echo 'Installing node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund node@24.21.0 >> install.log 2>&1
names='subjectAltName=DNS:localhost,IP:127.0.0.1'
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out ca.pem -days 30 -subj /CN=localhost -addext "$names" > /dev/null 2>&1
printf '#!/bin/sh\necho password\n' > password.sh && chmod +x password.sh
cat > ask.mjs <<'JS'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { setTimeout as pause } from 'node:timers/promises'

/** An authorization server that rotates: each refresh token works once. */
const state = { live: undefined, count: 0, received: [] }
const server = createServer({ key: readFileSync('key.pem'), cert: readFileSync('ca.pem') }, async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  const send = (status, document) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(document))
  if (request.method === 'GET') {
    const endpoints = { issuer, authorization_endpoint: `${issuer}authorize`, token_endpoint: `${issuer}token` }
    const grants = { grant_types_supported: ['authorization_code', 'refresh_token'], response_types_supported: ['code'] }
    return send(200, { ...endpoints, ...grants, scopes_supported: ['openid', 'offline_access'] })
  }
  const token = new URLSearchParams(body).get('refresh_token')
  state.received.push(token)
  if (token !== state.live) return send(400, { error: 'invalid_grant' })
  state.count += 1
  state.live = `r${state.count}`
  send(200, { access_token: `a${state.count - 1}`, token_type: 'Bearer', expires_in: 300, refresh_token: state.live, scope: 'openid offline_access' })
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const issuer = `https://localhost:${server.address().port}/`

const env = { ...process.env, HOME: process.cwd(), TMPDIR: process.cwd(), OIDC_CONFIG_DIR: `${process.cwd()}/accounts` }
mkdirSync(env.OIDC_CONFIG_DIR)
function startAgent() {
  const lines = execFileSync('oidc-agent', ['--quiet'], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  for (const [, name, value] of lines.matchAll(/(OIDC\w+)=([^;]+);/g)) env[name] = value
}
const stopAgent = () => execFileSync('oidc-agent', ['--kill'], { env })
process.on('exit', () => {
  try {
    stopAgent()
  } catch {}
})
/** Runs a program without blocking the server; at a terminal, the password is typed where the program asks for it. */
async function run(command, { typed = false, ...more } = {}) {
  const options = { env: { ...env, ...more }, timeout: 30_000 }
  const [program, ...rest] = typed ? ['script', '-qfec', command.join(' '), '/dev/null'] : command
  const child = spawn(program, rest, { ...options, stdio: [typed ? 'pipe' : 'ignore', 'pipe', 'pipe'] })
  let output = ''
  let asked = false
  const read = async (chunk) => {
    output += chunk
    if (!typed || asked || !output.includes('password')) return
    asked = true
    await pause(500) // the program discards what was typed before it turned the echo off
    child.stdin.write('password\n')
  }
  child.stdout.on('data', read)
  child.stderr.on('data', read)
  await once(child, 'close')
  return output.trim()
}
async function day(how) {
  startAgent()
  const added = await run(['oidc-add', ...how.options, 'account'], { typed: how.typed })
  const printed = await run(['oidc-token', 'account'])
  stopAgent()
  return /invalid_grant/.exec(added + printed)?.[0] ?? printed
}
const WAYS = {
  typed: { options: [], typed: true },
  'typed, --pw-store': { options: ['--pw-store'], typed: true },
  '--pw-cmd': { options: [`--pw-cmd=${process.cwd()}/password.sh`], typed: false },
}
for (const [name, how] of Object.entries(WAYS)) {
  Object.assign(state, { live: 'r0', count: 0, received: [] })
  startAgent()
  const options = ['--client-id=app', '--client-secret=secret', '--rt=r0', `--cp=${process.cwd()}/ca.pem`, '--pw-env']
  const account = ['oidc-gen', `--iss=${issuer}`, ...options, '--scope=openid offline_access', '--prompt=none', '--confirm-default', 'account']
  await run(account, { OIDC_ENCRYPTION_PW: 'password' })
  stopAgent()
  const first = await day(how)
  const due = state.live
  state.received = []
  const second = await day(how)
  const sent = second === 'invalid_grant' ? `, the server got ${[...new Set(state.received)].join(' ')}, and ${due} was due` : ''
  console.log(`${name}: ${first}; after a restart: ${second}${sent}`)
}
process.exit()
JS
seen=$(node_modules/.bin/node ask.mjs 2> errors.log) || { tail -5 errors.log; exit 1; }
echo "$seen"
[ "$seen" = 'typed: a1; after a restart: invalid_grant, the server got r1, and r2 was due
typed, --pw-store: a1; after a restart: a2
--pw-cmd: a1; after a restart: a2' ] || { echo 'This has changed.'; exit 1; }
