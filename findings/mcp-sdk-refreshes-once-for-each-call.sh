#!/usr/bin/env bash
# Versions: @modelcontextprotocol/client 2.4.0, @modelcontextprotocol/sdk 1.32.2 and @modelcontextprotocol/server 2.4.0, oidc-provider
#            9.13.3, node 24.21.0 (npm). Standards: RFC 9700 §4.14.2 (a refresh token that is used twice ends the grant), MCP 2025-11-25.
# Guess:     when the access token expires, tool calls that run in parallel share one refresh: the SDK owns the token and the retry,
#            and servers with rotation, which OAuth 2.1 asks for with public clients, allow one use of a refresh token.
# Behaviour: each call refreshes by itself with the same refresh token. The server takes the second use for theft and ends the grant,
#            with the new tokens that the first use has just got: all calls fail, and the user is asked to log in, several times at
#            once. One call at a time never shows it, and neither does a server without rotation. It happens when a model calls
#            three tools in parallel, an hour after the login. Both major versions of the client do so.
# Output seen, by 2.x and 1.x alike: 1 at once: 1 ok, 0 logins asked, grant alive; 3 at once: 0 ok, 2 logins asked, grant ended;
#              without rotation: 3 at once: 3 ok, 0 logins asked, grant alive
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing @modelcontextprotocol/client and /server 2.4.0, /sdk 1.32.2, oidc-provider 9.13.3 and node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund @modelcontextprotocol/client@2.4.0 \
  @modelcontextprotocol/server@2.4.0 @modelcontextprotocol/sdk@1.32.2 oidc-provider@9.13.3 node@24.21.0 >> install.log 2>&1
cat > calls.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import * as two from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import Provider from 'oidc-provider'

const REDIRECT = 'http://127.0.0.1/callback'
const listen = async (server = createServer().listen(0, '127.0.0.1')) => {
  await once(server, 'listening')
  return [server, `http://127.0.0.1:${server.address().port}`]
}
const mcp = createMcpHandler(() => {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool('ping', {}, () => ({ content: [{ type: 'text', text: 'pong' }] }))
  return server
})

async function run(sdk, parallel, rotateRefreshToken) {
  const [auth, issuer] = await listen()
  const [api, origin] = await listen()
  const resource = `${origin}/mcp`
  const metadata = { client_id: 'app', token_endpoint_auth_method: 'none', redirect_uris: [REDIRECT], response_types: ['code'] }
  const info = { scope: 'read', audience: resource, accessTokenFormat: 'opaque' }
  const provider = new Provider(issuer, {
    clients: [{ ...metadata, application_type: 'native', grant_types: ['authorization_code', 'refresh_token'] }],
    rotateRefreshToken,
    features: { resourceIndicators: { enabled: true, useGrantedResource: () => true, getResourceServerInfo: () => info } },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  })
  auth.on('request', provider.callback())
  const expired = new Set()
  api.on('request', async (req, res) => {
    const body = Buffer.concat(await req.toArray())
    const about = JSON.stringify({ resource, authorization_servers: [issuer], scopes_supported: ['read'] })
    if (req.url.startsWith('/.well-known')) return res.setHeader('Content-Type', 'application/json').end(about)
    const text = req.headers.authorization?.slice(7) ?? ''
    const challenge = `Bearer resource_metadata="${origin}/.well-known/oauth-protected-resource"`
    const token = expired.has(text) ? undefined : await provider.AccessToken.find(text)
    if (token === undefined) return res.writeHead(401, { 'WWW-Authenticate': challenge }).end()
    const { method, headers } = req
    const response = await mcp.fetch(new Request(resource, { method, headers, ...(method === 'POST' && { body }) }))
    res.writeHead(response.status, Object.fromEntries(response.headers)).end(Buffer.from(await response.arrayBuffer()))
  })

  // What the server has after a login.
  const grant = new provider.Grant({ clientId: 'app', accountId: 'user' })
  grant.addResourceScope(resource, 'read')
  const login = { accountId: 'user', grantId: await grant.save(), gty: 'authorization_code', claims: {}, scope: 'read', resource }
  const refresh = new provider.RefreshToken({ ...login, client: await provider.Client.find('app') })
  const kept = { tokens: { access_token: 'expired', token_type: 'Bearer', refresh_token: await refresh.save() } }
  let asked = 0
  const authProvider = {
    redirectUrl: REDIRECT, clientMetadata: { redirect_uris: [REDIRECT] }, clientInformation: () => ({ client_id: 'app' }),
    tokens: () => kept.tokens, saveTokens: (tokens) => void (kept.tokens = tokens),
    codeVerifier: () => kept.verifier, saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
    discoveryState: () => kept.discovery, saveDiscoveryState: (discovery) => void (kept.discovery = discovery),
    invalidateCredentials: (what) => void delete kept[what],
    redirectToAuthorization: () => void (asked += 1),
  }
  const connection = new sdk.Client({ name: 'app', version: '1.0.0' })
  await connection.connect(new sdk.Transport(new URL(resource), { authProvider }))
  const call = () => connection.callTool({ name: 'ping', arguments: {} })
  await call()
  expired.add(kept.tokens.access_token)
  let state = 'alive'
  provider.on('grant.revoked', () => void (state = 'ended'))
  const results = await Promise.allSettled(Array.from({ length: parallel }, call))
  const ok = results.filter(({ status }) => status === 'fulfilled').length
  for (const server of [auth, api]) server.closeAllConnections(), server.close()
  return `${parallel} at once: ${ok} ok, ${asked} logins asked, grant ${state}`
}
const SDKS = {
  '2.x': { Client: two.Client, Transport: two.StreamableHTTPClientTransport },
  '1.x': { Client, Transport: StreamableHTTPClientTransport },
}
const lines = []
for (const [name, sdk] of Object.entries(SDKS)) {
  lines.push(`${name}: ${await run(sdk, 1, true)}; ${await run(sdk, 3, true)}; without rotation: ${await run(sdk, 3, false)}`)
}
console.log(lines.join('\n'))
process.exit()
JS
seen=$(node_modules/node/bin/node calls.mjs 2> errors.log | grep -v NOTICE) || tail -5 errors.log
echo "$seen"
rotation='1 at once: 1 ok, 0 logins asked, grant alive; 3 at once: [01] ok, [1-3] logins asked, grant ended'
line="$rotation; without rotation: 3 at once: 3 ok, 0 logins asked, grant alive"
[[ "$seen" =~ ^2.x:\ $line$'\n'1.x:\ $line$ ]] || { echo 'This has changed.'; exit 1; }
