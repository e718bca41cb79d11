#!/usr/bin/env bash
# Versions: better-auth 1.7.5 with @better-auth/oauth-provider 1.7.5, oidc-provider 9.13.3, node 24.21.0 (npm).
#            Standard: RFC 6749 §6 (`scope` of a refresh is for the access token; the scope of a new refresh token must be that of
#            the one that was sent).
# Guess:     `scope` at a refresh narrows the access token. The login keeps its scopes, and the next refresh has them again. So a client
#            can request few scopes, and more of them after a 403 `insufficient_scope`, without a new login.
# Behaviour: better-auth stores the narrower scope in the new refresh token. The next refresh without `scope` is narrow, too,
#            and one for the scopes of the login is `invalid_scope`. Only a new login restores them. The response to the narrow refresh
#            is correct and does not show this. oidc-provider behaves as guessed.
# Output seen: better-auth: narrow 200 read; without scope 200 read; wide 400 invalid_scope
#              oidc-provider: narrow 200 read; without scope 200 read write; wide 200 read write
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing better-auth 1.7.5, oidc-provider 9.13.3 and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund node@24.21.0 better-auth@1.7.5 @better-auth/core@1.7.5 @better-auth/utils@0.4.2 \
  @better-fetch/fetch@1.3.2 better-call@1.4.0 @better-auth/oauth-provider@1.7.5 \
  oidc-provider@9.13.3 >> install.log 2>&1
cat > refresh.mjs <<'JS'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { oauthProvider } from '@better-auth/oauth-provider'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { jwt } from 'better-auth/plugins'
import Provider from 'oidc-provider'

const RESOURCE = 'https://mcp.example/notes'
const REDIRECT = 'https://client.example/callback'
const later = () => new Date(Date.now() + 3_600_000)

/** Each server begins with one login for `read write`, whose refresh token is returned with a function that refreshes. */
async function startBetterAuth() {
  const models = ['user', 'session', 'account', 'verification', 'jwks', 'oauthClient', 'oauthResource', 'oauthClientResource',
    'oauthRefreshToken', 'oauthAccessToken', 'oauthConsent', 'oauthClientAssertion']
  const auth = betterAuth({
    baseURL: 'http://127.0.0.1', secret: 'a secret of thirty-two bytes or more', telemetry: { enabled: false }, logger: { disabled: true },
    database: memoryAdapter(Object.fromEntries(models.map((model) => [model, []]))), emailAndPassword: { enabled: true },
    plugins: [jwt(), oauthProvider({
      loginPage: '/login', consentPage: '/consent', scopes: ['openid', 'offline_access', 'read', 'write'], resources: [RESOURCE],
      clientRegistrationAllowedResources: [RESOURCE], allowDynamicClientRegistration: true, allowUnauthenticatedClientRegistration: true,
    })],
  })
  const post = (path, body) => auth.handler(new Request(`http://127.0.0.1/api/auth${path}`, {
    method: 'POST', headers: { 'Content-Type': 'application/json', Origin: 'http://127.0.0.1' }, body: JSON.stringify(body),
  }))
  const { user } = await (await post('/sign-up/email', { email: 'user@example.com', password: 'a long password', name: 'User' })).json()
  const grant_types = ['authorization_code', 'refresh_token']
  const client = { redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none', grant_types, resources: [RESOURCE] }
  const { client_id } = await (await post('/oauth2/register', client)).json()
  const { adapter } = await auth.$context
  const token = createHash('sha256').update('first').digest('base64url')
  const scopes = ['read', 'write', 'offline_access']
  const data = { token, clientId: client_id, userId: user.id, scopes, resources: [RESOURCE], createdAt: new Date(), expiresAt: later() }
  await adapter.create({ model: 'oauthRefreshToken', data })
  const ask = (form) => auth.handler(new Request('http://127.0.0.1/api/auth/oauth2/token', { method: 'POST', body: form }))
  return { first: 'first', client_id, ask }
}

async function startOidcProvider() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${server.address().port}`
  const client = { client_id: 'app', token_endpoint_auth_method: 'none', redirect_uris: [REDIRECT], response_types: ['code'] }
  const info = { scope: 'read write', audience: RESOURCE, accessTokenFormat: 'opaque' }
  const provider = new Provider(origin, {
    clients: [{ ...client, grant_types: ['authorization_code', 'refresh_token'] }],
    features: { resourceIndicators: { enabled: true, useGrantedResource: () => true, getResourceServerInfo: () => info } },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  })
  server.on('request', provider.callback())
  const grant = new provider.Grant({ clientId: 'app', accountId: 'user' })
  grant.addResourceScope(RESOURCE, 'read write')
  const login = { accountId: 'user', grantId: await grant.save(), gty: 'authorization_code', claims: {}, scope: 'read write', resource: RESOURCE }
  const first = await new provider.RefreshToken({ ...login, client: await provider.Client.find('app') }).save()
  return { first, client_id: 'app', ask: (body) => fetch(`${origin}/token`, { method: 'POST', body }) }
}

async function run(name, { first, client_id, ask }) {
  let refresh_token = first
  const refresh = async (more) => {
    const response = await ask(new URLSearchParams({ grant_type: 'refresh_token', refresh_token, client_id, resource: RESOURCE, ...more }))
    const body = await response.json()
    refresh_token = body.refresh_token ?? refresh_token
    return `${response.status} ${body.error ?? body.scope}`
  }
  const seen = `${name}: narrow ${await refresh({ scope: 'read' })}; without scope ${await refresh({})}`
  console.log(`${seen}; wide ${await refresh({ scope: 'read write' })}`)
}
await run('better-auth', await startBetterAuth())
await run('oidc-provider', await startOidcProvider())
process.exit()
JS
seen=$(node_modules/node/bin/node refresh.mjs 2> errors.log | grep -v NOTICE) || tail -8 errors.log
echo "$seen"
lost='narrow 200 read; without scope 200 read; wide 400 invalid_scope'
[ "$seen" = "better-auth: $lost
oidc-provider: narrow 200 read; without scope 200 read write; wide 200 read write" ] || { echo 'This has changed.'; exit 1; }
