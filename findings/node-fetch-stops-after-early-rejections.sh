#!/usr/bin/env bash
# Versions: node 26.10.0 and node 24.21.0 with undici 8.13.1 (npm). Standard: RFC 9113 §8.1 (a server may send a complete response
#            before the client has sent its whole request), §7 (ENHANCE_YOUR_CALM: the peer may be generating excessive load).
# Guess:     a server that rejects a long POST by its head, with 401 or 413, costs the client that request. What it did not
#            send of the body is dropped with the stream, and the connection serves the next request.
# Behaviour: Node counts the unsent bytes for as long as the HTTP/2 connection lives. After three such bodies of 4 MB, each later
#            request on it fails with ENHANCE_YOUR_CALM, empty ones too, although the server never sends that code: it
#            receives each of these requests, and executes them. The connection is not replaced, so requests to the origin
#            fail until the process restarts. `fetch` of Node 26 and of undici 8 use HTTP/2 by themselves; in undici 7, `allowH2` was
#            needed. `fetch` of Node 24 uses HTTP/1.1, where every request is answered.
# Output seen: fetch 26: 401 401 error error error, empty: ENHANCE_YOUR_CALM, executed 6 of 6
#              fetch 24: 401 401 401 401 401, empty: 401, executed 6 of 6
#              undici 24: 401 401 error error error, empty: ENHANCE_YOUR_CALM, executed 6 of 6
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
for program in curl openssl; do
  command -v $program > /dev/null || { echo "This needs apt-get install curl openssl"; exit 2; }
done
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing node 26.10.0, node 24.21.0 and undici 8.13.1'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund node26@npm:node@26.10.0 node24@npm:node@24.21.0 undici@8.13.1 >> install.log 2>&1
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -days 2 \
  -subj /CN=localhost -addext subjectAltName=DNS:localhost 2> /dev/null
cat > server.mjs <<'JS'
// A server of its own process: it rejects by the head, reads no body, and reports what it saw at /report.
import { readFileSync } from 'node:fs'
import { createSecureServer } from 'node:http2'

let executed = 0
const identity = { key: readFileSync('key.pem'), cert: readFileSync('cert.pem'), allowHTTP1: true }
const server = createSecureServer(identity, (request, response) => {
  request.on('error', () => {})
  if (request.url === '/report') return response.end(`${executed}`)
  executed += 1
  response.writeHead(401).end('a token is required')
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
JS
cat > client.mjs <<'JS'
const [port, library] = process.argv.slice(2)
const { fetch } = library === 'undici' ? await import('undici') : globalThis
const post = (body) =>
  fetch(`https://localhost:${port}/mcp`, { method: 'POST', body }).then(
    async (response) => (await response.text()) && response.status,
    ({ cause }) => (body ? 'error' : /ENHANCE_YOUR_CALM/.exec(cause.message)?.[0]),
  )
const statuses = []
for (let count = 0; count < 5; count += 1) statuses.push(await post('x'.repeat(4_000_000)))
console.log(`${statuses.join(' ')}, empty: ${await post()}`)
process.exit()
JS
export NODE_EXTRA_CA_CERTS=$PWD/cert.pem NODE_NO_WARNINGS=1
seen=
for each in 'fetch 26' 'fetch 24' 'undici 24'; do
  node="node_modules/node${each#* }/bin/node"
  "$node" server.mjs > port.txt & server=$!
  until [ -s port.txt ]; do sleep 0.1; done
  statuses=$("$node" client.mjs "$(cat port.txt)" "${each% *}")
  executed=$(curl -s --http1.1 --cacert cert.pem "https://localhost:$(cat port.txt)/report")
  kill $server && wait $server 2> /dev/null || true
  rm port.txt
  seen+="$each: $statuses, executed $executed of 6"$'\n'
done
printf 'Guess:     every request is answered with 401.\nBehaviour:\n%s' "$seen"
[ "$seen" = 'fetch 26: 401 401 error error error, empty: ENHANCE_YOUR_CALM, executed 6 of 6
fetch 24: 401 401 401 401 401, empty: 401, executed 6 of 6
undici 24: 401 401 error error error, empty: ENHANCE_YOUR_CALM, executed 6 of 6
' ] || { echo 'The behaviour has changed.'; exit 1; }
