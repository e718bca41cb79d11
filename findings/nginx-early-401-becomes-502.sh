#!/usr/bin/env bash
# Versions: nginx 1.22.1 (Debian 12), node 24.21.0 (npm). Standard: RFC 9112 §9.6 (closing with unread data), RFC 9110 §15.5.2.
# Guess:     nginx buffers the request by default, so the server behind it may answer 401 before it has read the body, and
#            the client gets that 401 with its challenge.
# Behaviour: by default nginx asks the server to close the connection. Node (Go, Python and Bun alike) closes it with the
#            answer, the rest of the body meets a closed socket, and the reset destroys the answer: about half of the
#            4 MB requests are 502 without a challenge, at random. A client that logs in at a 401 does not log in.
#            With `proxy_http_version 1.1` and an empty `Connection` field, every answer is the 401.
# Output seen: direct: 30 of 30 are 401; nginx as it comes: some are 502; nginx that keeps connections: 30 of 30 are 401
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
command -v nginx > /dev/null || { echo 'This needs nginx: apt-get install nginx'; exit 2; }
nginx -v
echo 'Installing node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund node@24.21.0 >> install.log 2>&1
cat > post.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'

const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="notes"' }
const backend = createServer((_req, res) => res.writeHead(401, CHALLENGE).end('no')).listen(0, '127.0.0.1')
await once(backend, 'listening')
const upstream = `http://127.0.0.1:${backend.address().port}`
const free = async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}
const ports = { plain: await free(), kept: await free() }
const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${process.cwd()}/${name};`)
writeFileSync('nginx.conf', `daemon off; master_process off; pid ${process.cwd()}/nginx.pid; error_log ${process.cwd()}/error.log; events {}
http { access_log off; client_max_body_size 8m; ${paths.join(' ')}
  server { listen 127.0.0.1:${ports.plain}; location / { proxy_pass ${upstream}; } }
  server { listen 127.0.0.1:${ports.kept};
    location / { proxy_pass ${upstream}; proxy_http_version 1.1; proxy_set_header Connection ""; } }
}`)
const nginx = spawn('nginx', ['-c', `${process.cwd()}/nginx.conf`], { stdio: 'ignore' })
process.on('exit', () => nginx.kill())
const listens = (port) => new Promise((resolve) => {
  const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy() && true)).on('error', () => resolve(false))
})
while (!(await listens(ports.kept))) await new Promise((resolve) => setTimeout(resolve, 50))
const body = Buffer.alloc(4 * 1024 * 1024)
const count = async (origin) => {
  let challenged = 0
  for (let index = 0; index < 30; index += 1) {
    const response = await fetch(origin, { method: 'POST', body })
    await response.text()
    if (response.status === 401 && response.headers.has('www-authenticate')) challenged += 1
    else if (response.status !== 502) throw new Error(`${response.status}`)
  }
  return challenged
}
const direct = await count(upstream)
const plain = await count(`http://127.0.0.1:${ports.plain}`)
const kept = await count(`http://127.0.0.1:${ports.kept}`)
backend.close()
backend.closeAllConnections()
console.error(`nginx as it comes: ${30 - plain} of 30 were 502`)
console.log(
  `direct: ${direct} of 30 are 401; nginx as it comes: ${plain < 30 ? 'some are 502' : 'none is 502'}; ` +
    `nginx that keeps connections: ${kept} of 30 are 401`,
)
process.exit()
JS
seen=$(PATH="$work/node_modules/.bin:$PATH" node post.mjs)
echo "$seen"
[ "$seen" = 'direct: 30 of 30 are 401; nginx as it comes: some are 502; nginx that keeps connections: 30 of 30 are 401' ] || { echo 'This has changed.'; exit 1; }
