#!/usr/bin/env bash
# Versions: @qwen-code/qwen-code 0.24.4 (npm), in a terminal on Linux. Standard: RFC 9728 §5.1 (the value of
#            `resource_metadata` is the URL of the protected resource metadata).
# Guess:     at a 401 the client fetches the URL that `resource_metadata` names, and logs in at the authorization server that
#            this document names.
# Behaviour: the login that starts by itself never requests that URL. It treats it as the URL of an MCP server and derives
#            well-known URLs from it: `/.well-known/oauth-protected-resource` without a path, then one below the other, then
#            authorization server metadata of the MCP server's own origin. A correct server with a path gets no login, and the
#            user reads "needs authentication"; "Authenticate" in the dialog of `/mcp` uses other code, which is correct. With
#            authorization server metadata on the MCP server's origin, as MCP 2025-03-26 had it, the login works, and asks for
#            the `scopes_supported` of that document.
# Output seen: named document: not requested; root document: requested; below the named document: requested; authorization server: not requested
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
unshare -rn ip link set lo up 2> /dev/null || { echo 'This needs Linux with user namespaces, and apt-get install util-linux iproute2'; exit 2; }
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing node 24.21.0 and @qwen-code/qwen-code 0.24.4'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund --ignore-scripts @qwen-code/qwen-code@0.24.4 >> install.log 2>&1
npm install --no-audit --no-fund node@24.21.0 >> install.log 2>&1
mkdir -p home/.qwen
cat > watch.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'

const listen = async (handler) => {
  const server = createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${server.address().port}`
}
const METADATA = '/.well-known/oauth-protected-resource/mcp'
const paths = new Set()
let askedIssuer = false
const issuer = await listen((request, response) => {
  askedIssuer = true
  response.writeHead(404).end()
})
const origin = await listen((request, response) => {
  paths.add(request.url)
  if (request.url === METADATA) {
    const document = { resource: `${origin}/mcp`, authorization_servers: [issuer] }
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(document))
  } else if (request.url === '/mcp') {
    const challenge = `Bearer resource_metadata="${origin}${METADATA}"`
    response.writeHead(401, { 'WWW-Authenticate': challenge }).end()
  } else response.writeHead(404).end()
})
const settings = {
  mcpServers: { notes: { httpUrl: `${origin}/mcp` } },
  security: { auth: { selectedType: 'openai' }, folderTrust: { enabled: false } },
  general: { enableAutoUpdate: false },
  privacy: { usageStatisticsEnabled: false },
}
writeFileSync('home/.qwen/settings.json', JSON.stringify(settings))
const env = {
  PATH: process.env.PATH,
  HOME: `${process.cwd()}/home`,
  TERM: 'xterm-256color',
  DISPLAY: ':0',
  BROWSER: '/bin/true',
  OPENAI_API_KEY: 'none',
  OPENAI_BASE_URL: `${origin}/model`,
  OPENAI_MODEL: 'model',
}
const qwen = `stty rows 40 cols 120; exec ${process.cwd()}/node_modules/.bin/qwen`
const options = { cwd: env.HOME, env, detached: true, stdio: ['pipe', 'ignore', 'ignore'] }
const child = spawn('script', ['-qefc', qwen, '/dev/null'], options)
// The last URL that it derives, then time for one more.
for (let tries = 0; tries < 240 && !paths.has('/.well-known/openid-configuration'); tries++) await setTimeout(250)
await setTimeout(3000)
process.kill(-child.pid, 'SIGKILL')
const word = (requested) => (requested ? 'requested' : 'not requested')
console.log(
  [
    `named document: ${word(paths.has(METADATA))}`,
    `root document: ${word(paths.has('/.well-known/oauth-protected-resource'))}`,
    `below the named document: ${word(paths.has(`/.well-known/oauth-protected-resource${METADATA}`))}`,
    `authorization server: ${word(askedIssuer)}`,
  ].join('; '),
)
process.exit(0)
JS
# In a network with loopback only, because the program looks for updates.
seen=$(PATH="$work/node_modules/.bin:$PATH" unshare -rn sh -c 'ip link set lo up && exec node watch.mjs' 2> warnings.log | tail -n 1)
echo "$seen"
[ "$seen" = 'named document: not requested; root document: requested; below the named document: requested; authorization server: not requested' ] || { echo 'This has changed.'; exit 1; }
