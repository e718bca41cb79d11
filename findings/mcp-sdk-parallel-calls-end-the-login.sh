#!/usr/bin/env bash
# Versions: @modelcontextprotocol/sdk 1.32.2, @modelcontextprotocol/client 2.4.0, oidc-provider 9.13.3, node 24.21.0 (npm). Standards:
#            RFC 9700 §4.14.2 (a refresh token that is used twice ends its grant), MCP 2025-11-25, Authorization.
# Guess:     calls that run in parallel when the access token expires share one refresh, as in other OAuth clients, and all of
#            them succeed: one Client has one transport and one provider.
# Behaviour: each call that gets a 401 refreshes for itself with the same refresh token. A server with rotation, which
#            oidc-provider applies to public clients by default, takes the second use for theft and ends the grant: most calls fail,
#            the access token that the first refresh brought is revoked too, and the user is asked to log in. One call at a
#            time never shows it. An agent that calls four tools in a turn loses its login at the first expiry.
# Output seen: 1.x: one call: all done, refreshes 200, token active, login asked for false; four calls: most fail, refreshes 200 and 400, token inactive, login asked for true
#              2.x: one call: all done, refreshes 200, token active, login asked for false; four calls: most fail, refreshes 200 and 400, token inactive, login asked for true
set -euo pipefail
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing the two SDKs, oidc-provider 9.13.3 and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund node@24.21.0 @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/client@2.4.0 oidc-provider@9.13.3 >> install.log 2>&1
cat > parallel.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import * as second from '@modelcontextprotocol/client'
import * as client1 from '@modelcontextprotocol/sdk/client/index.js'
import * as http1 from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import Provider from 'oidc-provider'

console.warn = () => {}
const REDIRECT = 'https://client.example/callback'
const listen = async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return [server, `http://127.0.0.1:${server.address().port}`]
}
const [authorization, issuer] = await listen()
const [server, origin] = await listen()
const RESOURCE = `${origin}/mcp`
const provider = new Provider(issuer, {
  clients: [{ client_id: 'app', token_endpoint_auth_method: 'none', redirect_uris: [REDIRECT], grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] }],
  features: {
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true, defaultResource: () => RESOURCE, useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope: 'read', audience: RESOURCE, accessTokenFormat: 'opaque' }),
    },
  },
  interactions: { url: () => '/login' },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
})
const respond = provider.callback()
const refreshes = []
authorization.on('request', (req, res) => {
  if (req.url === '/token') res.on('finish', () => refreshes.push(res.statusCode))
  respond(req, res)
})
/** What the code exchange of a login leaves. */
async function logIn() {
  const grant = new provider.Grant({ clientId: 'app', accountId: 'user' })
  grant.addOIDCScope('openid offline_access')
  grant.addResourceScope(RESOURCE, 'read')
  const common = { accountId: 'user', client: await provider.Client.find('app'), grantId: await grant.save(), gty: 'authorization_code', scope: 'openid offline_access read' }
  const refresh_token = await new provider.RefreshToken({ ...common, resource: RESOURCE, rotations: 0, iiat: Math.floor(Date.now() / 1000) }).save()
  return { access_token: 'expired', refresh_token, token_type: 'Bearer', issuer }
}
server.on('request', async (req, res) => {
  const { method, id, params } = JSON.parse(Buffer.concat(await req.toArray()).toString() || '{}')
  const send = (status, value, fields) => res.writeHead(status, { 'Content-Type': 'application/json', ...fields }).end(JSON.stringify(value))
  if (req.url.startsWith('/.well-known/')) return send(200, { resource: RESOURCE, authorization_servers: [issuer] })
  const result = { initialize: { protocolVersion: params?.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'notes', version: '1' } } }[method]
  if (result) return send(200, { jsonrpc: '2.0', id, result })
  if (id === undefined) return send(req.method === 'POST' ? 202 : 405, {})
  const token = await provider.AccessToken.find(req.headers.authorization?.slice(7))
  if (!token) return send(401, {}, { 'WWW-Authenticate': `Bearer error="invalid_token", resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"` })
  send(200, { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'done' }] } })
})
async function call({ Client, StreamableHTTPClientTransport }, count) {
  let tokens = await logIn()
  let logins = 0
  refreshes.length = 0
  const authProvider = {
    redirectUrl: REDIRECT, clientMetadata: { redirect_uris: [REDIRECT] }, clientInformation: () => ({ client_id: 'app', issuer }),
    tokens: () => tokens, saveTokens: (it) => { tokens = it }, codeVerifier: () => '', saveCodeVerifier() {},
    redirectToAuthorization: () => { logins += 1 }, invalidateCredentials: (what) => { if (what !== 'client') tokens = undefined },
  }
  const client = new Client({ name: 'client', version: '1' })
  await client.connect(new StreamableHTTPClientTransport(new URL(RESOURCE), { authProvider }))
  let last
  authProvider.saveTokens = (it) => { last = tokens = it }
  const calls = await Promise.allSettled(Array.from({ length: count }, () => client.callTool({ name: 'add', arguments: {} })))
  const done = calls.filter(({ status }) => status === 'fulfilled').length
  const state = (await provider.AccessToken.find(last.access_token)) ? 'active' : 'inactive'
  const all = done === count ? 'all done' : done < count / 2 ? 'most fail' : 'some fail'
  return `${all}, refreshes ${[...new Set(refreshes.sort())].join(' and ')}, token ${state}, login asked for ${logins > 0}`
}
for (const [name, sdk] of [['1.x', { ...client1, ...http1 }], ['2.x', second]]) {
  console.log(`${name}: one call: ${await call(sdk, 1)}; four calls: ${await call(sdk, 4)}`)
}
process.exit()
JS
seen=$(node_modules/.bin/node parallel.mjs 2> errors.log | grep '^[12]\.x') || { cat errors.log; exit 1; }
printf 'Guess:     four calls: all done, refreshes 200, token active, login asked for false\n%s\n' "$seen"
rest=': one call: all done, refreshes 200, token active, login asked for false; four calls: most fail, refreshes 200 and 400, token inactive, login asked for true'
[ "$seen" = "1.x$rest
2.x$rest" ] || { echo 'This has changed.'; exit 1; }
