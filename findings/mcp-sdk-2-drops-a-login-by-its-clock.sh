#!/usr/bin/env bash
# Versions: @modelcontextprotocol/client 2.4.0, oidc-provider 9.13.3, node 24.21.0 (npm). Standard: RFC 9449 §5 (`invalid_dpop_proof` is about the proof
#            of one request), §11.1 (a server may reject proofs whose `iat` is not recent).
# Guess:     a proof with a wrong time costs the call. When the clock is right again, as it is seconds after a laptop has woken up, the next
#            call works: neither the access token nor the refresh token has anything to do with it.
# Behaviour: the first such call costs the login. At the 401 of the resource the client refreshes, whatever the error is. The authorization server
#            rejects that proof as well, 400 `invalid_dpop_proof`, and the client treats this like `invalid_grant`: it drops both tokens, and
#            asks for a login. With the right clock every call asks for a login, too, although the refresh token that it dropped still works. With
#            bearer tokens the same clock has no effect.
# Output seen: right clock: works; ten minutes slow: fails, 1 login page, tokens dropped; right again: fails, 2 login pages; the dropped refresh
#              token: works; bearer, ten minutes slow: works, 0 login pages, tokens kept; right again: works
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing @modelcontextprotocol/client 2.4.0, oidc-provider 9.13.3 and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund @modelcontextprotocol/client@2.4.0 oidc-provider@9.13.3 node@24.21.0 >> install.log 2>&1
cat > servers.mjs <<'JS'
// In a thread of its own, whose clock stays right.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'
import Provider from 'oidc-provider'

const { jkt, redirect } = workerData
const listen = async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return [server, `http://127.0.0.1:${server.address().port}`]
}
const [auth, issuer] = await listen()
const [api, origin] = await listen()
const resource = `${origin}/mcp`
const info = { scope: 'read', audience: resource, accessTokenFormat: 'opaque' }
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'app', application_type: 'native', token_endpoint_auth_method: 'none', redirect_uris: [redirect],
      response_types: ['code'], grant_types: ['authorization_code', 'refresh_token'],
    },
  ],
  rotateRefreshToken: false,
  features: { resourceIndicators: { enabled: true, useGrantedResource: () => true, getResourceServerInfo: () => info }, dPoP: { enabled: true } },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
})
auth.on('request', provider.callback())
api.on('request', async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString()
  const json = (value) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))
  if (request.url.startsWith('/.well-known')) return json({ resource, authorization_servers: [issuer], scopes_supported: ['read'] })
  const reject = (challenge) =>
    response.writeHead(401, { 'WWW-Authenticate': `${challenge}, resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"` }).end()
  const [scheme, text] = (request.headers.authorization ?? 'none').split(' ')
  const token = text && (await provider.AccessToken.find(text))
  if (!token) return reject('DPoP algs="ES256"')
  if (token.jkt) {
    const { iat } = JSON.parse(Buffer.from(request.headers.dpop.split('.')[1], 'base64url'))
    if (Math.abs(Date.now() / 1000 - iat) > 300) return reject('DPoP error="invalid_dpop_proof"')
  }
  if (request.method !== 'POST') return response.writeHead(405).end()
  const { id, method, params } = JSON.parse(body)
  if (method === 'initialize') {
    const serverInfo = { name: 'notes', version: '1' }
    return json({ jsonrpc: '2.0', id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo } })
  }
  if (method === 'tools/call') return json({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'added' }] } })
  response.writeHead(202).end()
})

// What the server has after a login.
const grant = new provider.Grant({ clientId: 'app', accountId: 'user' })
grant.addResourceScope(resource, 'read')
const login = { accountId: 'user', grantId: await grant.save(), gty: 'authorization_code', claims: {}, scope: 'read', resource }
const refresh = new provider.RefreshToken({ ...login, client: await provider.Client.find('app'), ...(jkt && { jkt }) })
parentPort.postMessage({ resource, issuer, refreshToken: await refresh.save() })
JS
cat > clock.mjs <<'JS'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { Client, discoverAuthorizationServerMetadata, DpopSession, refreshAuthorization, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'

const redirect = 'http://127.0.0.1/callback'
const { now } = Date

async function run(dpop) {
  const worker = new Worker(new URL('servers.mjs', import.meta.url), { workerData: { jkt: dpop?.thumbprint, redirect }, stdout: true, stderr: true })
  const [{ resource, issuer, refreshToken }] = await once(worker, 'message')
  const clientInformation = { client_id: 'app', issuer }
  const kept = { tokens: { access_token: 'expired', token_type: dpop ? 'DPoP' : 'Bearer', refresh_token: refreshToken, issuer } }
  let pages = 0
  const authProvider = {
    redirectUrl: redirect, clientMetadata: { redirect_uris: [redirect] }, clientInformation: () => clientInformation,
    tokens: () => kept.tokens, saveTokens: (tokens) => void (kept.tokens = tokens),
    codeVerifier: () => kept.verifier, saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
    discoveryState: () => kept.discovery, saveDiscoveryState: (discovery) => void (kept.discovery = discovery),
    invalidateCredentials: (what) => void delete kept[what], redirectToAuthorization: () => void pages++,
    ...(dpop && { dpop: () => dpop }),
  }
  const client = new Client({ name: 'app', version: '1.0.0' })
  await client.connect(new StreamableHTTPClientTransport(new URL(resource), { authProvider }))
  const call = () => client.callTool({ name: 'add', arguments: {} }).then(() => 'works', () => 'fails')
  const count = () => `${pages} login page${pages === 1 ? '' : 's'}`
  const first = await call()
  const { refresh_token: last } = kept.tokens
  Date.now = () => now() - 600_000
  const slow = `${await call()}, ${count()}, tokens ${kept.tokens ? 'kept' : 'dropped'}`
  Date.now = now
  const right = await call()
  if (!dpop) return `bearer, ten minutes slow: ${slow}; right again: ${right}`
  const metadata = await discoverAuthorizationServerMetadata(issuer)
  const again = await refreshAuthorization(issuer, { metadata, clientInformation, refreshToken: last, resource: new URL(resource), dpop })
    .then(() => 'works', () => 'fails')
  return `right clock: ${first}; ten minutes slow: ${slow}; right again: ${right}, ${count()}; the dropped refresh token: ${again}`
}
console.log(`${await run(await DpopSession.create())}; ${await run()}`)
process.exit()
JS
seen=$(node_modules/.bin/node clock.mjs 2> errors.log) || { cat errors.log; exit 1; }
echo "$seen"
slow='right clock: works; ten minutes slow: fails, 1 login page, tokens dropped; right again: fails, 2 login pages; the dropped refresh token: works'
[ "$seen" = "$slow; bearer, ten minutes slow: works, 0 login pages, tokens kept; right again: works" ] || { echo 'This has changed.'; exit 1; }
