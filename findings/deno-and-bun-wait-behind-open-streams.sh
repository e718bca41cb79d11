#!/usr/bin/env bash
# Versions: deno 2.9.6, bun 1.4.5, node 24.21.0 and node 26.10.0 (npm), nginx 1.22.1, HAProxy 2.6.12, OpenSSL 3.0 (Debian 12). Standard: RFC 9113 §5.1.2
#            (a client does not exceed the peer's limit of concurrent streams), §9.1 (it may open further connections). Documentation of nginx:
#            `http2_max_concurrent_streams`, 128, of HAProxy: `tune.h2.max-concurrent-streams`, 100; of Bun: BUN_CONFIG_MAX_HTTP_REQUESTS, 256.
# Guess:     a program that holds an event stream for each of its users, such as an agent or a gateway in front of one MCP server, is limited by its
#            memory. Over HTTP/2, `fetch` opens another connection when the server allows no more streams on one, as it does on Node.
# Behaviour: Deno stays with one connection. Behind nginx the 129th event stream waits for the end of another one, behind HAProxy the 101st, and
#            so does each POST of every user to that server: no error, no time limit, and curl to the same server works. Bun waits at 256
#            open responses, over HTTP/1.1 as well, and for all servers together: streams of one server stop a `fetch` to
#            any other, such as that of a token endpoint. A test with fewer users sees nothing. `Deno.createHttpClient({ http2: false })`, and
#            a larger BUN_CONFIG_MAX_HTTP_REQUESTS, remove the limit.
# Output seen, of 300 event streams, those that open, then a POST to the same server and one to another:
#            node 24 and node 26: 300 streams, POST 200, other server 200, each
#            deno: nginx: 128 streams, POST waits, other server 200; haproxy: 100 streams, POST waits, other server 200; no TLS: 300 streams, POST
#            200, other server 200; without http2: 300 streams, POST 200, other server 200, each
#            bun: 256 streams, POST waits, other server waits, each; with 1000: 300 streams, POST 200, other server 200, each
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
for program in nginx haproxy openssl; do
  command -v $program > /dev/null || { echo 'This needs apt-get install nginx haproxy openssl'; exit 2; }
done
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
nginx -v 2>&1; haproxy -v | sed -n 1p
echo 'Installing deno 2.9.6, bun 1.4.5, node 24.21.0 and node 26.10.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund deno@2.9.6 bun@1.4.5 node@24.21.0 node-26@npm:node@26.10.0 >> install.log 2>&1
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost 2> openssl.log
cat cert.pem key.pem > both.pem
cat > client.mjs <<'JS'
const { SERVER: server, OTHER: other, OPTIONS: options } = process.env
const client = options ? { client: globalThis.Deno.createHttpClient(JSON.parse(options)) } : {}
const inTime = (promise) => Promise.race([promise, new Promise((resolve) => setTimeout(resolve, 3000, 'waits'))])
const post = (url) => inTime(fetch(url, { method: 'POST', body: '{}', ...client }).then(({ status }) => status))
const streams = []
while (streams.length < 300) {
  const response = await inTime(fetch(server, client))
  if (response === 'waits') break
  streams.push(response)
}
console.log(`${streams.length} streams, POST ${await post(server)}, other server ${await post(other)}`)
process.exit()
JS
cat > drive.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import net from 'node:net'
import { setTimeout } from 'node:timers/promises'

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
// GET is an event stream without an end. POST is answered at once.
const respond = (request, response) => {
  if (request.method === 'POST') return response.end('{}')
  response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write(':\n\n')
}
const server = await listen(createServer(respond))
const other = await listen(createServer(respond))
const [nginx, haproxy] = [await free(), await free()]
const here = process.cwd()
writeFileSync('nginx.conf', `daemon off; master_process off; pid ${here}/pid; events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path ${here}/a; proxy_temp_path ${here}/b; fastcgi_temp_path ${here}/c; uwsgi_temp_path ${here}/d; scgi_temp_path ${here}/e;
  server {
    listen 127.0.0.1:${nginx} ssl http2; ssl_certificate ${here}/cert.pem; ssl_certificate_key ${here}/key.pem;
    location / { proxy_pass http://127.0.0.1:${server}; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }
  }
}
`)
writeFileSync('haproxy.cfg', `defaults
  mode http
  timeout connect 5s
  timeout client 5m
  timeout server 5m
listen mcp
  bind 127.0.0.1:${haproxy} ssl crt ${here}/both.pem alpn h2,http/1.1
  server mcp 127.0.0.1:${server}
`)
const children = [
  spawn('nginx', ['-p', here, '-c', `${here}/nginx.conf`, '-e', 'stderr'], { stdio: 'ignore' }),
  spawn('haproxy', ['-db', '-f', 'haproxy.cfg'], { stdio: 'ignore' }),
]
process.on('exit', () => children.forEach((child) => child.kill()))
for (const port of [nginx, haproxy]) {
  while (!(await new Promise((resolve) => net.connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))))) await setTimeout(100)
}
const places = { nginx: `https://localhost:${nginx}/`, haproxy: `https://localhost:${haproxy}/`, 'no TLS': `http://127.0.0.1:${server}/` }
const deno = ['node_modules/.bin/deno', 'run', '--no-config', '-A', '--unsafely-ignore-certificate-errors=localhost', 'client.mjs']
const clients = {
  'node 24': [['node_modules/node/bin/node', 'client.mjs']],
  'node 26': [['node_modules/node-26/bin/node', 'client.mjs']],
  deno: [deno],
  'deno without http2': [deno, { OPTIONS: '{"http2":false}' }],
  bun: [['node_modules/.bin/bun', 'client.mjs']],
  'bun with 1000': [['node_modules/.bin/bun', 'client.mjs'], { BUN_CONFIG_MAX_HTTP_REQUESTS: '1000' }],
}
for (const [name, [[command, ...words], settings]] of Object.entries(clients)) {
  for (const [place, url] of Object.entries(places)) {
    const env = { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0', SERVER: url, OTHER: `http://127.0.0.1:${other}/`, ...settings }
    const child = spawn(command, words, { env, stdio: ['ignore', 'pipe', 'inherit'] })
    const output = child.stdout.setEncoding('utf8').toArray()
    await once(child, 'close')
    console.log(`${name}, ${place}: ${(await output).join('').trim()}`)
  }
}
process.exit()
JS
export DENO_DIR="$work/deno" DENO_NO_UPDATE_CHECK=1
seen=$(node_modules/.bin/node drive.mjs 2> errors.log) || { cat errors.log; exit 1; }
echo "$seen"
all='300 streams, POST 200, other server 200'
every() { printf '%s: '"$2"'\n' "$1, nginx" "$1, haproxy" "$1, no TLS"; }
[ "$seen" = "$(every 'node 24' "$all"; every 'node 26' "$all")
deno, nginx: 128 streams, POST waits, other server 200
deno, haproxy: 100 streams, POST waits, other server 200
deno, no TLS: $all
$(every 'deno without http2' "$all"; every bun '256 streams, POST waits, other server waits'; every 'bun with 1000' "$all")" ] || { echo 'This has changed.'; exit 1; }
