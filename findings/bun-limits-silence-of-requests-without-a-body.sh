#!/usr/bin/env bash
# Versions: bun 1.4.5, node 24.21.0 (npm). Documentation: Bun, HTTP server, `idleTimeout` ("in-flight requests where your
#            handler is still running but hasn't written any bytes to the response yet" are idle, too).
# Guess:     Bun.serve closes the connection of every request whose handler takes longer than `idleTimeout` (10 s), so a slow
#            tool needs `server.timeout(request, 0)`, and one that works without it works with every method.
# Behaviour: the limit ends once a body has arrived. POST, PUT and DELETE with a body may take as long as they like; GET, DELETE
#            and POST without one are closed. A test with slow tools, which are POST requests, passes. A slow GET, such as
#            an event stream of MCP behind a proxy function that waits for the first event of another server, ends in
#            ECONNRESET, and so does a slow DELETE of a session.
# Output seen: GET=closed POST=closed POST+body=200 DELETE=closed DELETE+body=200 PUT+body=200
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && cd "$work"
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT
echo 'Installing bun 1.4.5, node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund bun@1.4.5 node@24.21.0 >> install.log 2>&1
export PATH="$work/node_modules/.bin:$PATH"
cat > server.mjs <<'JS'
const fetch = async (request) => {
  await request.text()
  await new Promise((resolve) => setTimeout(resolve, 10_000))
  return new Response('done')
}
// One second, which Bun rounds up to four.
console.log(Bun.serve({ port: 0, hostname: '127.0.0.1', idleTimeout: 1, fetch }).port)
JS
cat > client.mjs <<'JS'
import { request } from 'node:http'

const ask = (method, body) =>
  new Promise((resolve) => {
    const headers = body === undefined ? { 'Content-Length': 0 } : { 'Content-Length': body.length }
    const sent = request({ port: process.argv[2], host: '127.0.0.1', method, headers, agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode))
    })
    sent.on('error', () => resolve('closed')).end(body)
  }).then((outcome) => `${method}${body === undefined ? '' : '+body'}=${outcome}`)
const requests = [['GET'], ['POST'], ['POST', '{}'], ['DELETE'], ['DELETE', '{}'], ['PUT', '{}']]
console.log((await Promise.all(requests.map((each) => ask(...each)))).join(' '))
JS
bun server.mjs > port.txt 2> /dev/null &
until [ -s port.txt ]; do sleep 0.1; done
seen=$(node client.mjs "$(cat port.txt)")
echo "$seen"
[ "$seen" = 'GET=closed POST=closed POST+body=200 DELETE=closed DELETE+body=200 PUT+body=200' ] || { echo 'This has changed.'; exit 1; }
