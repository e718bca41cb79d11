#!/usr/bin/env bash
# Versions: node 26.10.0, node 24.21.0 with undici 8.13.1, deno 2.9.6, bun 1.4.5 (npm), nginx 1.22.1, curl 7.88.1, OpenSSL 3.0 (Debian 12).
#            Standard: RFC 9113 §6.8 (GOAWAY has the last stream that is processed; requests on later streams were not processed, and a client
#            can send them on another connection), §8.7. Documentation of nginx: `keepalive_requests` (1000), `keepalive_time` (1h).
# Guess:     nginx closes a connection after 1000 requests gracefully: what it has begun ends, and what comes after goes to another connection.
#            Over HTTP/2 `fetch` does the second by itself, because GOAWAY says that nothing of it was executed. So no call fails.
# Behaviour: `fetch` of Node 26 and of undici 8, which use HTTP/2 by themselves, fail each request with a body that was sent beside or after the
#            1000th and before the GOAWAY arrived: `fetch failed`, with `"GOAWAY" frame received with code 0` as the cause. None of these was
#            executed. They send GET requests again. Deno, over HTTP/2, sends all again; Node 24 and Bun use HTTP/1.1. So parallel calls,
#            introspections or refreshes fail now and then at a server in good health, after an update from Node 24 to 26; one call at a time
#            hardly meets it. `new Agent({ allowH2: false })` of undici as the dispatcher helps.
# Output seen, of 80 requests at once after 950 on the same connection:
#            node 26, undici 8: POST: 50 x 200, 30 x GOAWAY, executed 50; GET: 80 x 200, executed 80, each
#            node 26 without h2, node 24, deno, bun: POST: 80 x 200, executed 80; GET: 80 x 200, executed 80, each
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
for program in nginx curl openssl; do
  command -v $program > /dev/null || { echo 'This needs apt-get install nginx curl openssl'; exit 2; }
done
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
nginx -v 2>&1
echo 'Installing node 26.10.0, node 24.21.0, undici 8.13.1, deno 2.9.6 and bun 1.4.5'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund node-26@npm:node@26.10.0 node-24@npm:node@24.21.0 undici@8.13.1 deno@2.9.6 bun@1.4.5 >> install.log 2>&1
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj '/CN=authority of the test' 2> openssl.log
openssl req -newkey rsa:2048 -nodes -keyout key.pem -subj /CN=localhost -out request.pem 2>> openssl.log
printf 'subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE' > extensions
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out cert.pem 2>> openssl.log
cat > client.mjs <<'JS'
const { SERVER: server, USE: use, METHOD: method } = process.env
const undici = use ? await import('undici') : {}
const { fetch } = use === 'undici' ? undici : globalThis
if (use === 'without h2') undici.setGlobalDispatcher(new undici.Agent({ allowH2: false }))
const request = (path) =>
  fetch(server + path, { method, ...(method === 'POST' && { body: '{}' }) }).then(
    async (response) => (await response.text(), response.status),
    (error) => /GOAWAY/.exec(error.cause?.message)?.[0] ?? error.message,
  )
for (let count = 0; count < 950; count += 1) if ((await request('/before')) !== 200) throw new Error('a request before failed')
const counts = {}
for (const each of await Promise.all(Array.from({ length: 80 }, () => request('/call')))) counts[each] = (counts[each] ?? 0) + 1
console.log(Object.entries(counts).map(([each, count]) => `${count} x ${each}`).join(', '))
process.exit()
JS
cat > drive.mjs <<'JS'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import net from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'

const listen = async (server) => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server.address().port
}
let executed = 0
const server = createServer(async (request, response) => {
  await request.toArray()
  if (request.url === '/call') {
    executed += 1
    await setTimeout(100)
  }
  response.end('{}')
})
const port = await listen(server)
const probe = net.createServer()
const front = await listen(probe)
probe.close()
const here = process.cwd()
const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${here}/${name};`).join(' ')
writeFileSync('nginx.conf', `daemon off; master_process off; pid ${here}/pid; error_log ${here}/error.log; events {}
http {
  access_log off; ${paths}
  server {
    listen 127.0.0.1:${front} ssl http2;
    ssl_certificate ${here}/cert.pem; ssl_certificate_key ${here}/key.pem;
    location / { proxy_pass http://127.0.0.1:${port}; }
  }
}`)
const nginx = spawn('nginx', ['-p', here, '-c', `${here}/nginx.conf`], { stdio: 'ignore' })
const open = () => new Promise((resolve) => net.connect(front, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false)))
while (!(await open())) await setTimeout(100)
const clients = {
  'node 26': ['node_modules/node-26/bin/node', 'client.mjs'],
  'undici 8': ['node_modules/node-24/bin/node', 'client.mjs'],
  'node 26 without h2': ['node_modules/node-26/bin/node', 'client.mjs'],
  'node 24': ['node_modules/node-24/bin/node', 'client.mjs'],
  deno: ['node_modules/.bin/deno', 'run', '--quiet', '--allow-all', '--cert', 'ca.pem', 'client.mjs'],
  bun: ['node_modules/.bin/bun', 'client.mjs'],
}
for (const [name, [program, ...args]] of Object.entries(clients)) {
  const seen = []
  for (const METHOD of ['POST', 'GET']) {
    executed = 0
    const USE = { 'undici 8': 'undici', 'node 26 without h2': 'without h2' }[name] ?? ''
    const env = { ...process.env, METHOD, USE, SERVER: `https://localhost:${front}`, NODE_EXTRA_CA_CERTS: 'ca.pem', NODE_NO_WARNINGS: '1' }
    const { stdout } = await promisify(execFile)(program, args, { env })
    seen.push(`${METHOD}: ${stdout.trim()}, executed ${executed}`)
  }
  console.log(`${name}: ${seen.join('; ')}`)
}
nginx.kill()
process.exit()
JS
seen=$(node_modules/node-24/bin/node drive.mjs 2> errors.log) || { cat errors.log; exit 1; }
echo "$seen"
whole='POST: 80 x 200, executed 80; GET: 80 x 200, executed 80'
[ "$seen" = "node 26: POST: 50 x 200, 30 x GOAWAY, executed 50; GET: 80 x 200, executed 80
undici 8: POST: 50 x 200, 30 x GOAWAY, executed 50; GET: 80 x 200, executed 80
node 26 without h2: $whole
node 24: $whole
deno: $whole
bun: $whole" ] || { echo 'This has changed.'; exit 1; }
