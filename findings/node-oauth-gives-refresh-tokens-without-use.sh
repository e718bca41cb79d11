#!/usr/bin/env bash
# Versions: @node-oauth/oauth2-server 5.3.0, @modelcontextprotocol/client 2.4.0, node 24.21.0 (npm). Standards: RFC 6749 §6 (a public client
#            refreshes without a secret), RFC 7636. Documentation of the library: PKCE, `requireClientAuthentication`.
# Guess:     a client without a secret that logs in by PKCE and gets a refresh token can refresh with it.
# Behaviour: the code grant takes `code_verifier` in place of the secret. A refresh has no verifier, so the library demands the secret
#            of a client that has none: 400 `invalid_client`. Everything works for the lifetime of the access token, an hour by default.
#            Then the MCP SDK takes `invalid_client` for a client that does not exist any more, and drops its registration along with
#            the tokens. `requireClientAuthentication: { refresh_token: false }` is the remedy.
# Output seen: code 200 with a refresh token; refresh 400 invalid_client; the SDK drops: client, tokens; with the option: refresh 200
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing @node-oauth/oauth2-server 5.3.0, @modelcontextprotocol/client 2.4.0 and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund @node-oauth/oauth2-server@5.3.0 @modelcontextprotocol/client@2.4.0 node@24.21.0 >> install.log 2>&1
cat > login.mjs <<'JS'
import { createHash } from 'node:crypto'
import { auth } from '@modelcontextprotocol/client'
import OAuth2Server from '@node-oauth/oauth2-server'

const ORIGIN = 'https://auth.example'
const REDIRECT = 'https://client.example/callback'
const client = { id: 'app', redirectUris: [REDIRECT], grants: ['authorization_code', 'refresh_token'] }

function createServer(options) {
  const codes = new Map()
  const tokens = new Map()
  const model = {
    getClient: async () => client,
    saveAuthorizationCode: async (code, _client, user) => (codes.set(code.authorizationCode, { ...code, client, user }), { ...code, client, user }),
    getAuthorizationCode: async (code) => codes.get(code),
    revokeAuthorizationCode: async ({ authorizationCode }) => codes.delete(authorizationCode),
    saveToken: async (token, _client, user) => (tokens.set(token.refreshToken, { ...token, client, user }), { ...token, client, user }),
    getRefreshToken: async (token) => tokens.get(token),
    revokeToken: async ({ refreshToken }) => tokens.delete(refreshToken),
  }
  const server = new OAuth2Server({ model, ...options })
  /** The endpoints, as a `fetch`. */
  return async (url, init) => {
    const { pathname, searchParams } = new URL(url)
    if (pathname.startsWith('/.well-known/oauth-authorization')) {
      return Response.json({
        issuer: ORIGIN, authorization_endpoint: `${ORIGIN}/authorize`, token_endpoint: `${ORIGIN}/token`, response_types_supported: ['code'],
        code_challenge_methods_supported: ['S256'], token_endpoint_auth_methods_supported: ['none'],
      })
    }
    if (pathname !== '/authorize' && pathname !== '/token') return new Response(null, { status: 404 })
    const body = Object.fromEntries(new URLSearchParams(String(init?.body ?? '')))
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '1' }
    const request = new OAuth2Server.Request({ method: init?.method ?? 'GET', query: Object.fromEntries(searchParams), headers, body })
    const response = new OAuth2Server.Response()
    if (pathname === '/authorize') await server.authorize(request, response, { authenticateHandler: { handle: () => ({ id: 'user' }) } })
    else await server.token(request, response).catch(() => {})
    return Response.json(response.body ?? {}, { status: response.status, headers: response.headers })
  }
}

async function logIn(call) {
  const code_verifier = 'v'.repeat(43)
  const query = new URLSearchParams({
    client_id: 'app', redirect_uri: REDIRECT, response_type: 'code', state: 's', scope: 'read',
    code_challenge: createHash('sha256').update(code_verifier).digest('base64url'), code_challenge_method: 'S256',
  })
  const back = await call(`${ORIGIN}/authorize?${query}`)
  const code = new URL(back.headers.get('location')).searchParams.get('code')
  return ask(call, { grant_type: 'authorization_code', code, redirect_uri: REDIRECT, client_id: 'app', code_verifier })
}
async function ask(call, form) {
  const response = await call(`${ORIGIN}/token`, { method: 'POST', body: new URLSearchParams(form) })
  const body = await response.json()
  return { ...body, seen: `${response.status}${body.error ? ` ${body.error}` : ''}` }
}
const refresh = (call, refresh_token) => ask(call, { grant_type: 'refresh_token', refresh_token, client_id: 'app' })

const strict = createServer({})
const login = await logIn(strict)
const rejected = await refresh(strict, login.refresh_token)
const dropped = []
const provider = {
  redirectUrl: REDIRECT, clientMetadata: { redirect_uris: [REDIRECT] }, codeVerifier: () => '', saveCodeVerifier() {}, redirectToAuthorization() {},
  clientInformation: () => ({ client_id: 'app', issuer: ORIGIN }), saveTokens() {},
  tokens: () => (dropped.includes('tokens') ? undefined : { ...login, issuer: ORIGIN }),
  invalidateCredentials: (what) => void dropped.push(what),
}
await auth(provider, { serverUrl: `${ORIGIN}/mcp`, fetchFn: strict })
const first = `code ${login.seen}${login.refresh_token ? ' with a refresh token' : ''}; refresh ${rejected.seen}; the SDK drops: ${dropped.join(', ')}`

const open = createServer({ requireClientAuthentication: { refresh_token: false } })
const second = await refresh(open, (await logIn(open)).refresh_token)
console.log(`${first}; with the option: refresh ${second.seen}`)
JS
seen=$(node_modules/node/bin/node login.mjs 2> errors.log) || tail -5 errors.log
echo "$seen"
first='code 200 with a refresh token; refresh 400 invalid_client; the SDK drops: client, tokens'
[ "$seen" = "$first; with the option: refresh 200" ] || { echo 'This has changed.'; exit 1; }
