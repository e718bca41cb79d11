#!/usr/bin/env bash
# Versions: @fastify/http-proxy 11.6.3 with @fastify/reply-from 12.6.5, fastify 5.12.8, node 24.21.0 (npm). Standards: RFC 9110 §10.2.3
#            (`Retry-After`: seconds, or a date), §15.6.4 (503). Documentation of reply-from: `maxRetriesOn503`, `retryMethods`.
# Guess:     a gateway passes a 503 with `Retry-After` on. One that repeats the request waits for as many seconds as the field says.
# Behaviour: a GET that gets a 503 is sent 11 times, and the number in `Retry-After` is taken for milliseconds. So a server that needs
#            30 seconds of rest gets 11 requests in a third of a second for each GET of a client, and with 10 minutes the client waits
#            six seconds longer for the same 503. A date means no pause at all. `maxRetriesOn503: 0` counts as unset. `retryMethods: []`
#            turns the repetition off. POST and DELETE are sent once.
# Output seen: GET, 30: 11 requests in 0 s; GET, 600: 11 requests in 6 s; GET, a date in 30 seconds: 11 requests in 0 s; POST, 30: 1 request in 0 s; maxRetriesOn503 0: 11 requests in 0 s; retryMethods []: 1 request in 0 s
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing @fastify/http-proxy 11.6.3, @fastify/reply-from 12.6.5, fastify 5.12.8 and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund @fastify/http-proxy@11.6.3 @fastify/reply-from@12.6.5 fastify@5.12.8 node@24.21.0 >> install.log 2>&1
cat > gateway.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import proxy from '@fastify/http-proxy'
import Fastify from 'fastify'

let requests = 0
const server = createServer((request, response) => {
  requests += 1
  request.resume()
  response.writeHead(503, { 'Retry-After': request.headers['x-after'] }).end()
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const upstream = `http://127.0.0.1:${server.address().port}`
const gatewayWith = async (options) => {
  const gateway = Fastify()
  await gateway.register(proxy, { upstream, ...options })
  return gateway.listen({ port: 0, host: '127.0.0.1' })
}
const ask = async (name, origin, method, after) => {
  requests = 0
  const start = performance.now()
  const response = await fetch(`${origin}/mcp`, { method, headers: { 'X-After': after } })
  const seconds = Math.floor((performance.now() - start) / 1000)
  if (response.status !== 503 || response.headers.get('Retry-After') !== after) throw new Error(`${response.status}`)
  return `${name}: ${requests} request${requests === 1 ? '' : 's'} in ${seconds} s`
}

const plain = await gatewayWith({})
const soon = new Date(Date.now() + 30_000).toUTCString()
console.log(
  [
    await ask('GET, 30', plain, 'GET', '30'),
    await ask('GET, 600', plain, 'GET', '600'),
    await ask('GET, a date in 30 seconds', plain, 'GET', soon),
    await ask('POST, 30', plain, 'POST', '30'),
    await ask('maxRetriesOn503 0', await gatewayWith({ maxRetriesOn503: 0 }), 'GET', '30'),
    await ask('retryMethods []', await gatewayWith({ retryMethods: [] }), 'GET', '30'),
  ].join('; '),
)
process.exit()
JS
seen=$(PATH="$work/node_modules/.bin:$PATH" node gateway.mjs 2> errors.txt)
echo "$seen"
[ "$seen" = 'GET, 30: 11 requests in 0 s; GET, 600: 11 requests in 6 s; GET, a date in 30 seconds: 11 requests in 0 s; POST, 30: 1 request in 0 s; maxRetriesOn503 0: 11 requests in 0 s; retryMethods []: 1 request in 0 s' ] || { cat errors.txt; echo 'This has changed.'; exit 1; }
