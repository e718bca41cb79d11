#!/usr/bin/env bash
# Versions: node 24.21.0, undici 8.13.1 (npm), curl 7.88.1 (Debian 12). Documentation: node:http2, compatibility API
#            (`response.destroy([error])`); standard: RFC 9113 §8.1 (a complete message ends with
#            END_STREAM).
# Guess:     `response.destroy()` breaks a response off, over HTTP/2 as over HTTP/1.1: that is how Node programs, and the pipes
#            of proxies, say that a body failed after its head was sent. No client takes the part for the whole.
# Behaviour: over HTTP/2 Node resets the stream with NO_ERROR, and clients take that for the end of a complete body: curl exits
#            with 0, `fetch` of undici resolves, and Node's own client sees `end`. The same handler on the same server
#            (`allowHTTP1`) is an error over HTTP/1.1. `destroy(error)` with any error, or `pipeline()`, resets it with
#            INTERNAL_ERROR, which all of them report.
# Output seen: destroy(): 1.1 curl=18 2 curl=0 undici=whole node=end; destroy(error): 1.1 curl=18 2 curl=92 undici=error node=error
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
for program in curl openssl; do
  command -v $program > /dev/null || { echo 'This needs apt-get install curl openssl'; exit 2; }
done
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
curl --version | sed -n 1p
echo 'Installing node 24.21.0 and undici 8.13.1'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund node@24.21.0 undici@8.13.1 >> install.log 2>&1
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -days 2 -keyout key.pem -out cert.pem 2> install.log
cat > watch.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createSecureServer } from 'node:http2'
import { Agent, fetch } from 'undici'

const tls = { key: readFileSync('key.pem'), cert: readFileSync('cert.pem'), allowHTTP1: true }
const server = createSecureServer(tls, (request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n')
  const error = request.url === '/error' ? new Error('The source failed.') : undefined
  setTimeout(() => response.destroy(error), 100)
})
await once(server.listen(0, '127.0.0.1'), 'listening')
const origin = `https://127.0.0.1:${server.address().port}`
const dispatcher = new Agent({ allowH2: true, connect: { rejectUnauthorized: false } })

async function curl(version, path) {
  const [code] = await once(spawn('curl', ['-sk', version, '-o', '/dev/null', origin + path]), 'close')
  return code
}
const viaFetch = (path) =>
  fetch(origin + path, { dispatcher }).then((response) => response.text()).then(() => 'whole', () => 'error')
async function viaNode(path) {
  const session = connect(origin, { rejectUnauthorized: false })
  const stream = session.request({ ':path': path }).resume()
  const how = await Promise.race(['end', 'error'].map((name) => new Promise((resolve) => stream.once(name, () => resolve(name)))))
  session.destroy()
  return how
}
for (const [name, path] of [['destroy()', '/'], ['destroy(error)', '/error']]) {
  const first = `1.1 curl=${await curl('--http1.1', path)}`
  console.log(`${name}: ${first} 2 curl=${await curl('--http2', path)} undici=${await viaFetch(path)} node=${await viaNode(path)}`)
}
process.exit()
JS
seen=$(node_modules/.bin/node watch.mjs)
echo "$seen"
[ "$seen" = 'destroy(): 1.1 curl=18 2 curl=0 undici=whole node=end
destroy(error): 1.1 curl=18 2 curl=92 undici=error node=error' ] || { echo 'This has changed.'; exit 1; }
