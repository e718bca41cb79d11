#!/usr/bin/env bash
# Versions: @modelcontextprotocol/sdk 1.32.2, @modelcontextprotocol/client 2.4.0, node 24.21.0 (npm). Standard: RFC 9728 §5.2 (a
#            challenge with the metadata URL says that the metadata may have changed; the client should fetch and use it).
#            Documentation: `discoveryState` of OAuthClientProvider, cleared by `invalidateCredentials('discovery')`.
# Guess:     a resource that moves to another authorization server says so in its metadata. At the next 401 its clients fetch
#            the document that the challenge names, find the new server, register there, and ask their user to log in.
# Behaviour: a provider that saves its discovery state, as the documentation advises, never fetches that document again, also
#            where the challenge names another URL. While the old server still refreshes, the client gets a token there, is
#            401 with it, and fails, at each request. When the old server rejects the refresh, the user is sent to its
#            login page, although the resource accepts no token of that server. The SDK never invalidates `discovery` by itself. The same
#            provider without `discoveryState` logs in at the new server.
# Output seen: 1.x: old server refreshes: old refresh; rejects: old refresh, old login; discovery not saved: metadata, new registration, new login; invalidated: tokens
#              2.x: old server refreshes: old refresh; rejects: old refresh, old login; discovery not saved: metadata, new registration, new login; invalidated: tokens
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing @modelcontextprotocol/sdk 1.32.2, @modelcontextprotocol/client 2.4.0 and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund node@24.21.0 @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/client@2.4.0 >> install.log 2>&1
cat > move.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import * as second from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { auth } from '@modelcontextprotocol/sdk/client/auth.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

console.warn = () => {}
const REDIRECT = 'http://127.0.0.1:9/callback'
const log = []
let refreshes = true
let current
async function listen(respond) {
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString()
    const [status, value, fields] = respond(request, body)
    response.writeHead(status, { 'Content-Type': 'application/json', ...fields }).end(JSON.stringify(value))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `http://127.0.0.1:${server.address().port}`
}
async function authorizationServer(name) {
  const origin = await listen(({ url }, body) => {
    if (url === '/register') return log.push(`${name} registration`), [201, { ...JSON.parse(body), client_id: name }]
    if (url !== '/token') return url.startsWith('/.well-known/oauth-authorization-server') ? [200, metadata] : [404]
    const isRefresh = new URLSearchParams(body).get('grant_type') === 'refresh_token'
    if (isRefresh) log.push(`${name} refresh`)
    if (isRefresh && !refreshes) return [400, { error: 'invalid_grant' }]
    return [200, { access_token: name, refresh_token: name, token_type: 'Bearer', expires_in: 300 }]
  })
  const places = { authorization_endpoint: `${origin}/login`, token_endpoint: `${origin}/token`, registration_endpoint: `${origin}/register` }
  const metadata = { issuer: origin, ...places, response_types_supported: ['code'], code_challenge_methods_supported: ['S256'] }
  return origin
}
const servers = { old: await authorizationServer('old'), new: await authorizationServer('new') }
// It accepts no token: those of the old server are not accepted any more.
const resource = await listen(({ url }) => {
  if (!url.startsWith('/.well-known/')) return [401, {}, { 'WWW-Authenticate': `Bearer resource_metadata="${resource}/.well-known/oauth-protected-resource/mcp"` }]
  log.push('metadata')
  return [200, { resource: `${resource}/mcp`, authorization_servers: [servers[current]] }]
})
async function move({ Client, StreamableHTTPClientTransport: Transport, auth }, savesDiscovery) {
  const saved = {}
  const invalidated = []
  const keep = (name) => ({ [name]: () => saved[name], [`save${name[0].toUpperCase()}${name.slice(1)}`]: (it) => { saved[name] = it } })
  const authProvider = {
    redirectUrl: REDIRECT, clientMetadata: { client_name: 'client', redirect_uris: [REDIRECT] },
    ...keep('clientInformation'), ...keep('tokens'), ...keep('codeVerifier'), ...(savesDiscovery ? keep('discoveryState') : {}),
    invalidateCredentials: (scope) => { invalidated.push(scope); if (scope === 'tokens') delete saved.tokens },
    redirectToAuthorization: ({ origin }) => { log.push(`${origin === servers.old ? 'old' : 'new'} login`) },
  }
  const connect = () =>
    new Client({ name: 'client', version: '1.0.0' }).connect(new Transport(new URL(`${resource}/mcp`), { authProvider })).catch(() => {})
  refreshes = true
  current = 'old'
  await connect()
  await auth(authProvider, { serverUrl: `${resource}/mcp`, authorizationCode: 'code', iss: servers.old })
  current = 'new'
  const seen = async () => (log.length = 0, await connect(), [...new Set(log)].join(', '))
  const before = await seen()
  refreshes = false
  return { before, after: await seen(), invalidated: [...new Set(invalidated)].join(', ') }
}
for (const [name, sdk] of [['1.x', { Client, StreamableHTTPClientTransport, auth }], ['2.x', second]]) {
  const { before, after, invalidated } = await move(sdk, true)
  const fresh = await move(sdk, false)
  console.log(`${name}: old server refreshes: ${before}; rejects: ${after}; discovery not saved: ${fresh.before}; invalidated: ${invalidated}`)
}
process.exit()
JS
seen=$(node_modules/.bin/node move.mjs)
echo 'Guess:     metadata, new registration, new login, in each case.'
echo "$seen"
rest=': old server refreshes: old refresh; rejects: old refresh, old login; discovery not saved: metadata, new registration, new login; invalidated: tokens'
[ "$seen" = "1.x$rest
2.x$rest" ] || { echo 'This has changed.'; exit 1; }
