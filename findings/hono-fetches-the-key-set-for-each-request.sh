#!/usr/bin/env bash
# Versions: hono 4.13.19, jose 6.2.3, node 24.21.0 (npm). Standards: RFC 6750 §3.1 (`invalid_token`: the token is expired, revoked or malformed),
#            RFC 9110 §15.6.4 (503). Documentation of Hono: `jwk({ jwks_uri })`, "if set, attempt to fetch JWKs from it".
# Guess:     the middleware is made once, so it fetches the key set once, and again for an unknown `kid` or after some minutes, as jose,
#            jwks-rsa and PyJWT do. An outage or a rate limit of the authorization server concerns logins, not requests with a good token.
# Behaviour: it fetches the set for each request, whatever `Cache-Control` says, and parallel requests fetch it in parallel. So an API has the
#            latency and the availability of the key endpoint, and its load reaches the rate limit there: then good tokens are 500. Where the
#            endpoint cannot be reached, good tokens are 401 `invalid_token`, which tells clients to refresh or to log in. A test with few
#            requests, or on one machine, does not show it. `keys` with a function that remembers the set helps.
# Output seen: ten requests: 200 x 10, fetches 10; limit of five: 200 x 5, 500 x 5; endpoint unreachable: 401 invalid_token x 10; keys remembered:
#              200 x 10, fetches 1, unreachable: 200 x 10
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing hono 4.13.19, jose 6.2.3 and node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund hono@4.13.19 jose@6.2.3 node@24.21.0 >> install.log 2>&1
cat > keys.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Hono } from 'hono'
import { jwk } from 'hono/jwk'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

const { publicKey, privateKey } = await generateKeyPair('ES256')
const header = { alg: 'ES256', kid: 'key-1', typ: 'JWT' }
const token = await new SignJWT({ scope: 'read' }).setProtectedHeader(header).setIssuedAt().setExpirationTime('1h').sign(privateKey)
const set = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'ES256' }] })

let fetches = 0
let limit = Number.POSITIVE_INFINITY
const start = async () => {
  const server = createServer((_, response) => {
    fetches += 1
    if (fetches > limit) return response.writeHead(429, { 'Retry-After': '60' }).end()
    response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'public, max-age=3600' }).end(set)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { stop, jwks_uri: `http://127.0.0.1:${server.address().port}/jwks` }
}
const protect = (options) => new Hono().use(jwk({ alg: ['ES256'], ...options })).post('/mcp', (context) => context.text('done'))

async function ten(app) {
  const call = async () => {
    const response = await app.request('/mcp', { method: 'POST', headers: { Authorization: `Bearer ${token}` } })
    const [, error = ''] = /error="(\w+)"/.exec(response.headers.get('WWW-Authenticate')) ?? []
    return `${response.status} ${error}`.trim()
  }
  const counts = {}
  for (const seen of await Promise.all(Array.from({ length: 10 }, call))) counts[seen] = (counts[seen] ?? 0) + 1
  return Object.entries(counts).map(([seen, count]) => `${seen} x ${count}`).join(', ')
}

const endpoint = await start()
const app = protect({ jwks_uri: endpoint.jwks_uri })
const seen = [`ten requests: ${await ten(app)}, fetches ${fetches}`]
limit = fetches + 5
seen.push(`limit of five: ${await ten(app)}`)
await endpoint.stop()
seen.push(`endpoint unreachable: ${await ten(app)}`)

fetches = 0
const second = await start()
let keys
const remembers = protect({ keys: () => (keys ??= fetch(second.jwks_uri).then((response) => response.json()).then((body) => body.keys)) })
seen.push(`keys remembered: ${await ten(remembers)}, fetches ${fetches}`)
await second.stop()
seen.push(`unreachable: ${await ten(remembers)}`)
console.log(seen.join('; '))
JS
seen=$(node_modules/.bin/node keys.mjs 2> errors.log) || { cat errors.log; exit 1; }
echo "$seen"
[ "$seen" = 'ten requests: 200 x 10, fetches 10; limit of five: 200 x 5, 500 x 5; endpoint unreachable: 401 invalid_token x 10; keys remembered: 200 x 10, fetches 1; unreachable: 200 x 10' ] || { echo 'This has changed.'; exit 1; }
