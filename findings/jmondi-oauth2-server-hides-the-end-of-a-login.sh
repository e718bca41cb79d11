#!/usr/bin/env bash
# Versions: @jmondi/oauth2-server 4.3.7, @modelcontextprotocol/client 2.4.0, @modelcontextprotocol/sdk 1.32.2, express 5.3.0, node 24.21.0 (npm).
#            Standard: RFC 6749 §5.2 (`invalid_grant`: the refresh token is invalid, expired or revoked; `invalid_request`: a parameter is
#            missing or malformed).
# Guess:     when the refresh token has expired or was revoked, the refresh is `invalid_grant`, and the client shows its login page. A user who
#            was on holiday logs in again.
# Behaviour: the library answers `invalid_request`, as for a request that lacks the token. Both MCP SDKs take that for an error of the
#            program: each call and each new connection fails with "Token has been revoked", the tokens stay in the storage, and no login page
#            opens, ever. Users have to delete the files of their client. A test of the login, of a refresh and of a wrong token at the API
#            passes. A route that replaces the code by `invalid_grant` leads to the login page.
# Output seen, by 1.x and 2.x alike: expired access token: call works, refresh 200, 0 login pages; login ended: call fails, refresh 400
#            invalid_request, 0 login pages; connected again: fails, 0 login pages; with invalid_grant: call fails, 1 login page
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing @jmondi/oauth2-server 4.3.7, @modelcontextprotocol/client 2.4.0, /sdk 1.32.2, express 5.3.0 and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund @jmondi/oauth2-server@4.3.7 @modelcontextprotocol/client@2.4.0 @modelcontextprotocol/sdk@1.32.2 \
  express@5.3.0 node@24.21.0 >> install.log 2>&1
cat > site.mjs <<'JS'
// The authorization server, and an MCP server that accepts its tokens.
import { once } from 'node:events'
import { AuthorizationServer, DateInterval, generateRandomToken } from '@jmondi/oauth2-server'
import { handleExpressError, handleExpressResponse, requestFromExpress } from '@jmondi/oauth2-server/express'
import express from 'express'

export const REDIRECT = 'http://127.0.0.1/callback'
export const state = { correctsCode: false, lastRefresh: '' }
const app = { id: 'app', name: 'app', redirectUris: [REDIRECT], allowedGrants: ['authorization_code', 'refresh_token'], scopes: [{ name: 'read' }] }
const codes = new Map()
const tokens = new Map()
const in1h = () => new Date(Date.now() + 3_600_000)
/** Ends all access tokens, or all refresh tokens. */
export const expire = (member) => tokens.forEach((token) => void (token[member] = new Date(0)))

const clients = { getByIdentifier: async () => app, isClientValid: async () => true }
const scopes = { getAllByIdentifiers: async (names) => names.map((name) => ({ name })), finalize: async (granted) => granted }
const users = { getUserByCredentials: async (id) => ({ id }) }
const codeStore = {
  getByIdentifier: async (code) => codes.get(code),
  issueAuthCode: (client, user, granted) => ({ code: generateRandomToken(), expiresAt: in1h(), client, user, scopes: granted }),
  persist: async (code) => void codes.set(code.code, code),
  isRevoked: async (code) => codes.get(code).expiresAt < new Date(),
  revoke: async (code) => void (codes.get(code).expiresAt = new Date(0)),
}
const tokenStore = {
  issueToken: async (client, granted, user) => ({ accessToken: generateRandomToken(), accessTokenExpiresAt: in1h(), client, user, scopes: granted }),
  issueRefreshToken: async (token) => Object.assign(token, { refreshToken: generateRandomToken(), refreshTokenExpiresAt: in1h() }),
  persist: async (token) => void tokens.set(token.accessToken, token),
  revoke: async (token) => void Object.assign(token, { accessTokenExpiresAt: new Date(0), refreshTokenExpiresAt: new Date(0) }),
  isRefreshTokenRevoked: async (token) => token.refreshTokenExpiresAt < new Date(),
  getByRefreshToken: async (text) => [...tokens.values()].find(({ refreshToken }) => refreshToken === text),
}
const library = new AuthorizationServer(clients, tokenStore, scopes, 'a secret of this script')
library.enableGrantTypes(
  [{ grant: 'authorization_code', userRepository: users, authCodeRepository: codeStore }, new DateInterval('1h')],
  ['refresh_token', new DateInterval('1h')],
)

const site = express()
site.use(express.urlencoded({ extended: false }), express.json())
site.get('/authorize', async (request, response) => {
  const login = await library.validateAuthorizationRequest(requestFromExpress(request))
  Object.assign(login, { user: { id: 7 }, isAuthorizationApproved: true })
  handleExpressResponse(response, await library.completeAuthorizationRequest(login))
})
site.post('/token', async (request, response) => {
  try {
    handleExpressResponse(response, await library.respondToAccessTokenRequest(requestFromExpress(request)))
    state.lastRefresh = '200'
  } catch (error) {
    if (state.correctsCode && error.errorType === 'invalid_request') error.errorType = 'invalid_grant'
    handleExpressError(error, response)
    state.lastRefresh = `${response.statusCode} ${error.errorType}`
  }
})
const server = site.listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = `http://127.0.0.1:${server.address().port}`
export const resource = `${origin}/mcp`
const endpoints = { issuer: origin, authorization_endpoint: `${origin}/authorize`, token_endpoint: `${origin}/token` }
const abilities = { response_types_supported: ['code'], token_endpoint_auth_methods_supported: ['none'], code_challenge_methods_supported: ['S256'] }
site.get('/.well-known/oauth-authorization-server', (_, response) => response.json({ ...endpoints, ...abilities }))
const about = { resource, authorization_servers: [origin], scopes_supported: ['read'] }
site.get('/.well-known/oauth-protected-resource/mcp', (_, response) => response.json(about))
site.all('/mcp', ({ method: verb, headers, body }, response) => {
  const [, payload = ''] = (headers.authorization ?? '').split('.')
  const { jti } = JSON.parse(Buffer.from(payload, 'base64url').toString() || '{}')
  const token = tokens.get(jti)
  if (!token || token.accessTokenExpiresAt < new Date()) {
    return response.set('WWW-Authenticate', `Bearer resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`).sendStatus(401)
  }
  if (verb !== 'POST') return response.sendStatus(405)
  const { id, method, params } = body
  if (id === undefined) return response.sendStatus(202)
  const hello = { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'notes', version: '1' } }
  response.json({ jsonrpc: '2.0', id, result: method === 'initialize' ? hello : { content: [] } })
})
JS
cat > logins.mjs <<'JS'
import * as two from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { expire, REDIRECT, resource, state } from './site.mjs'

async function run(sdk, correctsCode) {
  state.correctsCode = correctsCode
  const kept = {}
  const pages = []
  const authProvider = {
    redirectUrl: REDIRECT, clientMetadata: { redirect_uris: [REDIRECT] }, clientInformation: () => ({ client_id: 'app' }),
    tokens: () => kept.tokens, saveTokens: (tokens) => void (kept.tokens = tokens),
    codeVerifier: () => kept.verifier, saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
    discoveryState: () => kept.discovery, saveDiscoveryState: (discovery) => void (kept.discovery = discovery),
    invalidateCredentials: (what) => void delete kept[what], redirectToAuthorization: (page) => void pages.push(page),
  }
  const connect = async () => {
    const transport = new sdk.StreamableHTTPClientTransport(new URL(resource), { authProvider })
    const client = new sdk.Client({ name: 'app', version: '1.0.0' })
    const error = await client.connect(transport).then(() => undefined, (reason) => reason)
    return { client, transport, error }
  }
  const first = await connect()
  const { headers } = await fetch(pages.pop(), { redirect: 'manual' })
  await first.transport.finishAuth(new URL(headers.get('location')).searchParams.get('code'))
  const { client } = await connect()
  const call = () => client.callTool({ name: 'add', arguments: {} }).then(() => 'works', (error) => (console.error(error), 'fails'))
  const count = () => `${pages.length} login page${pages.length === 1 ? '' : 's'}`

  // Also gives the GET stream of the client the time to end.
  await call()
  expire('accessTokenExpiresAt')
  const refreshed = `expired access token: call ${await call()}, refresh ${state.lastRefresh}, ${count()}`
  expire('accessTokenExpiresAt')
  expire('refreshTokenExpiresAt')
  const ended = `call ${await call()}, refresh ${state.lastRefresh}, ${count()}`
  if (correctsCode) return `with invalid_grant: ${ended}`
  const again = `connected again: ${(await connect()).error ? 'fails' : 'works'}, ${count()}, tokens ${kept.tokens ? 'kept' : 'dropped'}`
  return `${refreshed}; login ended: ${ended}; ${again}`
}
for (const [name, sdk] of Object.entries({ '1.x': { Client, StreamableHTTPClientTransport }, '2.x': two })) {
  console.log(`${name}: ${await run(sdk, false)}; ${await run(sdk, true)}`)
}
process.exit()
JS
seen=$(node_modules/.bin/node logins.mjs 2> errors.log) || { cat errors.log; exit 1; }
echo "$seen"
refreshed='expired access token: call works, refresh 200, 0 login pages'
ended='login ended: call fails, refresh 400 invalid_request, 0 login pages; connected again: fails, 0 login pages, tokens kept'
line="$refreshed; $ended; with invalid_grant: call fails, refresh 400 invalid_grant, 1 login page"
[ "$seen" = "1.x: $line
2.x: $line" ] || { echo 'This has changed.'; exit 1; }
