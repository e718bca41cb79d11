#!/usr/bin/env bash
# Versions: node 26.10.0 and node 24.21.0 (npm). Standards: RFC 9113 §6.7 (PING tells whether a connection still works), RFC 9293
#            §3.8.3 (TCP gives a silent connection up after minutes).
# Guess:     a connection to the authorization server falls silent, as after a failover or behind a NAT that forgot it. The request on
#            it ends at its AbortSignal.timeout(), and the next one opens a connection that works, on every version.
# Behaviour: so it is on Node 24. `fetch` of Node 26 speaks HTTP/2 where the server does, and the timeout ends the stream alone: the
#            silent connection stays, and gets every later request, for as long as requests come. New connections would work. It is
#            closed when no request has been open for four seconds.
# Output seen: v24.21.0: timeout, then 19 of 19 answered; after a pause of 6 s: answered
#              v26.10.0: timeout, then 0 of 19 answered; after a pause of 6 s: answered
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
command -v openssl > /dev/null || { echo "This needs apt-get install openssl"; exit 2; }
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing node 26.10.0 and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund node26@npm:node@26.10.0 node24@npm:node@24.21.0 >> install.log 2>&1
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -days 2 \
  -subj /CN=localhost -addext subjectAltName=DNS:localhost 2> /dev/null
cat > server.mjs <<'JS'
// A server, and a hop before it. At SIGUSR2, the connections that are open fall silent: nothing is lost, nothing is closed.
import { readFileSync } from 'node:fs'
import { createSecureServer } from 'node:http2'
import { connect, createServer } from 'node:net'

let accepted = 0
let open = []
const identity = { key: readFileSync('key.pem'), cert: readFileSync('cert.pem'), allowHTTP1: true }
const server = createSecureServer(identity, (request, response) => response.end(`${accepted}`))
server.listen(0, '127.0.0.1', () => {
  const hop = createServer((client) => {
    accepted += 1
    const upstream = connect(server.address().port, '127.0.0.1')
    for (const socket of [client, upstream]) socket.on('error', () => {})
    client.pipe(upstream).pipe(client)
    open.push(client, upstream)
  })
  process.on('SIGUSR2', () => {
    for (const socket of open) socket.unpipe().pause()
    open = []
  })
  hop.listen(0, '127.0.0.1', () => console.log(hop.address().port))
})
JS
cat > client.mjs <<'JS'
import { setTimeout as pause } from 'node:timers/promises'
const [port, server] = process.argv.slice(2).map(Number)
const ask = () =>
  fetch(`https://localhost:${port}/jwks`, { signal: AbortSignal.timeout(500) }).then(
    (response) => response.text(),
    (error) => (error.name === 'TimeoutError' ? 'timeout' : error.message),
  )
await ask()
process.kill(server, 'SIGUSR2')
await pause(200)
const first = await ask()
let answered = 0
for (let count = 0; count < 19; count += 1) {
  if (/^\d+$/.test(await ask())) answered += 1
  await pause(200)
}
await pause(6000)
const last = await ask()
const state = /^\d+$/.test(last) ? 'answered' : last
console.log(`${process.version}: ${first}, then ${answered} of 19 answered; after a pause of 6 s: ${state}`)
process.exit()
JS
export NODE_EXTRA_CA_CERTS=$PWD/cert.pem NODE_NO_WARNINGS=1
seen=
for version in 24 26; do
  node_modules/node24/bin/node server.mjs > port.txt & server=$!
  until [ -s port.txt ]; do sleep 0.1; done
  seen+="$("node_modules/node$version/bin/node" client.mjs "$(cat port.txt)" "$server")"$'\n'
  kill $server && wait $server 2> /dev/null || true
  rm port.txt
done
printf 'Guess:     one request times out, and all later ones are answered.\nBehaviour:\n%s' "$seen"
[ "$seen" = 'v24.21.0: timeout, then 19 of 19 answered; after a pause of 6 s: answered
v26.10.0: timeout, then 0 of 19 answered; after a pause of 6 s: answered
' ] || { echo 'The behaviour has changed.'; exit 1; }
