#!/usr/bin/env bash
# Versions: @cloudflare/workers-oauth-provider 1.2.3, miniflare 4.20260730.0 with its workerd, node 24.21.0 (npm). Standard: RFC 6749 §5.1,
#            §6. Documentation of the library: the previous refresh token stays valid until the new one is used.
# Guess:     this grace period makes repeated and parallel refreshes harmless: each 200 returns a refresh token, and each of them works, or at
#            least as long as none of the others was used.
# Behaviour: each refresh replaces the refresh token that the refresh before it returned, although no client has used that one. Of
#            three parallel refreshes, as the MCP SDK sends them for three tool calls, one refresh token of three works, the one that
#            was stored last. A client keeps that of the response that arrived last, which is mostly, and not always, the same. If
#            it is another one, the next refresh, an hour later, is `invalid_grant`, and nothing shows the cause.
# Output seen: one after the other: 200 200; then the first new one 400, the second 200; three at once: 200 200 200, new ones that work: 1
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
export TMPDIR="$work"
echo 'Installing @cloudflare/workers-oauth-provider 1.2.3, miniflare 4.20260730.0 and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund @cloudflare/workers-oauth-provider@1.2.3 miniflare@4.20260730.0 node@24.21.0 >> install.log 2>&1
cat > worker.mjs <<'JS'
import { OAuthProvider } from './oauth-provider.js'

const pages = {
  async fetch(request, env) {
    const asked = await env.OAUTH_PROVIDER.parseAuthRequest(request)
    const login = { request: asked, userId: 'user', metadata: {}, scope: asked.scope, props: {} }
    const { redirectTo } = await env.OAUTH_PROVIDER.completeAuthorization(login)
    return new Response(null, { status: 302, headers: { Location: redirectTo } })
  },
}
export default new OAuthProvider({
  apiRoute: '/mcp', apiHandler: pages, defaultHandler: pages, authorizeEndpoint: '/authorize', tokenEndpoint: '/token',
  clientRegistrationEndpoint: '/register', scopesSupported: ['read'], resourceMetadata: { resource: 'https://mcp.example/mcp' },
})
JS
cat > refresh.mjs <<'JS'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Miniflare } from 'miniflare'

const REDIRECT = 'https://client.example/callback'
const read = (path, file) => ({ type: 'ESModule', path, contents: readFileSync(file, 'utf8') })
const miniflare = new Miniflare({
  cf: false,
  modules: [
    read('worker.mjs', 'worker.mjs'),
    read('oauth-provider.js', 'node_modules/@cloudflare/workers-oauth-provider/dist/oauth-provider.js'),
  ],
  compatibilityDate: '2026-01-01',
  compatibilityFlags: ['nodejs_compat'],
  kvNamespaces: ['OAUTH_KV'],
  outboundService: () => new Response(null, { status: 502 }),
})
const call = (path, init) => miniflare.dispatchFetch(`https://mcp.example${path}`, { redirect: 'manual', ...init })
const registered = await call('/register', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' }),
})
const { client_id } = await registered.json()

async function ask(form) {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
  const response = await call('/token', { method: 'POST', headers, body: new URLSearchParams({ client_id, ...form }).toString() })
  return { status: response.status, token: (await response.json()).refresh_token }
}
async function logIn() {
  const code_verifier = 'v'.repeat(43)
  const query = new URLSearchParams({
    client_id, redirect_uri: REDIRECT, response_type: 'code', scope: 'read', state: 's', resource: 'https://mcp.example/mcp',
    code_challenge: createHash('sha256').update(code_verifier).digest('base64url'), code_challenge_method: 'S256',
  })
  const code = new URL((await call(`/authorize?${query}`)).headers.get('location')).searchParams.get('code')
  return (await ask({ grant_type: 'authorization_code', code, redirect_uri: REDIRECT, code_verifier })).token
}
const refresh = (refresh_token) => ask({ grant_type: 'refresh_token', refresh_token })

const first = await logIn()
const [one, two] = [await refresh(first), await refresh(first)]
const later = `then the first new one ${(await refresh(one.token)).status}, the second ${(await refresh(two.token)).status}`
const second = await logIn()
const three = await Promise.all([refresh(second), refresh(second), refresh(second)])
let working = 0
for (const { token } of three) working += (await refresh(token)).status === 200 ? 1 : 0
const statuses = three.map(({ status }) => status).join(' ')
console.log(`one after the other: ${one.status} ${two.status}; ${later}; three at once: ${statuses}, new ones that work: ${working}`)
await miniflare.dispose()
JS
seen=$(node_modules/node/bin/node refresh.mjs 2> errors.log | grep '^one after') || tail -5 errors.log
echo "$seen"
sequence='one after the other: 200 200; then the first new one 400, the second 200'
[ "$seen" = "$sequence; three at once: 200 200 200, new ones that work: 1" ] || { echo 'This has changed.'; exit 1; }
