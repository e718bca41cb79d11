#!/usr/bin/env bash
# Versions: @modelcontextprotocol/sdk 1.32.2, @modelcontextprotocol/client 2.4.0, @modelcontextprotocol/server 2.4.0 with @modelcontextprotocol/node
#            2.1.2, node 24.21.0 (npm), HAProxy 2.6.12, Caddy 2.6.2, nginx 1.22.1 (Debian 12). Standard: MCP 2025-11-25, Streamable HTTP (the GET
#            stream). Documentation of HAProxy: `option abortonclose`, of Caddy: `flush_interval`, of the SDKs: `reconnectionOptions`.
# Guess:     a client that loses its network for a moment, as in a change of Wi-Fi, opens its GET stream again a second later, and hears of the next
#            change. Which proxy is between it and the server does not matter: both ends are the SDK, and calls work.
# Behaviour: HAProxy, and Caddy with `flush_interval -1`, keep the old request to the server open after its client has gone. So the server of
#            either SDK still has a reader for the session, and answers the new GET with 409. The client tries twice, in
#            three seconds, and gives up for the rest of the session, while its calls work: no notification arrives any
#            more. Without a proxy, behind nginx, Caddy without the line, or HAProxy with `abortonclose`, the
#            same client recovers. `reconnectionOptions.maxRetries`, 2 by default, would have to outlast `timeout server`.
# Output seen, by client and server 1.x and 2.x alike: no proxy: notified; nginx: notified; haproxy: 2 times 409, gives up, not notified, calls work; haproxy with
#            abortonclose: notified; caddy: notified; caddy with flush_interval: 2 times 409, gives up, not notified, calls work
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
for program in haproxy caddy nginx; do
  command -v $program > /dev/null || { echo 'This needs apt-get install haproxy caddy nginx'; exit 2; }
done
work=$(mktemp -d) && cd "$work"
trap 'rm -rf "$work"' EXIT
haproxy -v | sed -n 1p; caddy version; nginx -v 2>&1
echo 'Installing the SDKs and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/client@2.4.0 @modelcontextprotocol/server@2.4.0 \
  @modelcontextprotocol/node@2.1.2 zod@4.6.7 node@24.21.0 >> install.log 2>&1
cat > client.mjs <<'JS'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import net from 'node:net'
import { setTimeout } from 'node:timers/promises'
import * as second from '@modelcontextprotocol/client'
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node'
import * as client1 from '@modelcontextprotocol/sdk/client/index.js'
import * as http1 from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer as Server1 } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { McpServer as Server2 } from '@modelcontextprotocol/server'

const listen = async (server) => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server.address().port
}
const free = async () => {
  const probe = net.createServer()
  const port = await listen(probe)
  probe.close()
  return port
}
// A server with sessions and one tool.
const sdks = {
  '1.x': { Server: Server1, Transport: StreamableHTTPServerTransport, ...client1, ...http1 },
  '2.x': { Server: Server2, Transport: NodeStreamableHTTPServerTransport, ...second },
}
let sdk
let conflicts = 0
const sessions = new Map()
const port = await listen(createServer(async (request, response) => {
  if (request.url === '/up') return response.end()
  let session = sessions.get(request.headers['mcp-session-id'])
  if (session === undefined) {
    const transport = new sdk.Transport({ sessionIdGenerator: randomUUID, onsessioninitialized: (id) => sessions.set(id, session) })
    const server = new sdk.Server({ name: 'notes', version: '1' })
    server.registerTool('add', {}, async () => ({ content: [{ type: 'text', text: 'done' }] }))
    session = { server, transport }
    await server.connect(transport)
  }
  response.on('finish', () => (conflicts += response.statusCode === 409))
  await session.transport.handleRequest(request, response)
}))
// A network between the client and a proxy, which can lose its connections.
const connections = new Set()
const networkTo = (place) => listen(net.createServer((near) => {
  const far = net.connect(place, '127.0.0.1')
  for (const [from, to] of [[near, far], [far, near]]) {
    connections.add(from)
    from.on('error', () => {}).on('close', () => connections.delete(from)).pipe(to)
  }
}))

const children = []
process.on('exit', () => children.forEach((child) => child.kill()))
const start = async (command, file, text) => {
  const place = await free()
  writeFileSync(file, text(place))
  children.push(spawn(command[0], command.slice(1), { stdio: 'ignore', env: { ...process.env, HOME: process.cwd() } }))
  while (!(await fetch(`http://127.0.0.1:${place}/up`).catch(() => undefined))) await setTimeout(200)
  return place
}
const haproxy = (name, option) =>
  start(['haproxy', '-db', '-f', name], name, (place) => `defaults
  mode http
  timeout connect 5s
  timeout client 1m
  timeout server 1m
listen mcp
  bind 127.0.0.1:${place}
  ${option}
  server mcp 127.0.0.1:${port}
`)
const caddy = (name, line) =>
  start(['caddy', 'run', '--adapter', 'caddyfile', '--config', name], name, (place) => `{
  admin off
  auto_https off
}
http://127.0.0.1:${place} {
  reverse_proxy 127.0.0.1:${port} {
    ${line}
  }
}
`)
const here = process.cwd()
const nginx = start(['nginx', '-p', here, '-c', `${here}/nginx.conf`, '-e', 'stderr'], 'nginx.conf', (place) => `daemon off; master_process off; pid ${here}/pid; events {}
http {
  access_log off;
  client_body_temp_path ${here}/a; proxy_temp_path ${here}/b; fastcgi_temp_path ${here}/c; uwsgi_temp_path ${here}/d; scgi_temp_path ${here}/e;
  server {
    listen 127.0.0.1:${place};
    location / { proxy_pass http://127.0.0.1:${port}; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }
  }
}
`)
const proxies = {
  'no proxy': port,
  nginx: await nginx,
  haproxy: await haproxy('haproxy.cfg', ''),
  'haproxy with abortonclose': await haproxy('abortonclose.cfg', 'option abortonclose'),
  caddy: await caddy('Caddyfile', ''),
  'caddy with flush_interval': await caddy('Flushfile', 'flush_interval -1'),
}
/** Whether a client hears of changes after it has lost the network, and whether its calls work. */
const hears = async (place) => {
  conflicts = 0
  let notified = 0
  let end = ''
  const client = new sdk.Client({ name: 'client', version: '1' })
  client.onerror = ({ message }) => message.startsWith('Maximum reconnection attempts') && (end = 'gives up, ')
  client.fallbackNotificationHandler = async () => (notified += 1)
  const network = await networkTo(place)
  await client.connect(new sdk.StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${network}/mcp`)))
  await setTimeout(500)
  const { server } = [...sessions.values()].at(-1)
  server.sendToolListChanged()
  await setTimeout(500)
  const before = notified
  connections.forEach((connection) => connection.destroy())
  await setTimeout(8000)
  server.sendToolListChanged()
  await setTimeout(500)
  const call = await client.callTool({ name: 'add', arguments: {} }).then(() => 'calls work', () => 'calls fail')
  await client.close()
  return before === 1 && notified === 2 ? 'notified' : `${conflicts} times 409, ${end}not notified, ${call}`
}
for (const name of Object.keys(sdks)) {
  sdk = sdks[name]
  const seen = []
  for (const [proxy, place] of Object.entries(proxies)) {
    seen.push(`${proxy}: ${await hears(place)}`)
  }
  console.log(`${name}: ${seen.join('; ')}`)
}
process.exit()
JS
seen=$(PATH="$work/node_modules/.bin:$PATH" node client.mjs 2> errors.log) || { cat errors.log; exit 1; }
echo "$seen"
bad='2 times 409, gives up, not notified, calls work'
all="no proxy: notified; nginx: notified; haproxy: $bad; haproxy with abortonclose: notified; caddy: notified; caddy with flush_interval: $bad"
[ "$seen" = "1.x: $all
2.x: $all" ] || { echo 'This has changed.'; exit 1; }
