#!/usr/bin/env bash
# Versions: better-auth 1.7.5 with @better-auth/oauth-provider 1.7.5, node 24.21.0 (npm). Standard: RFC 7662 §2.1, §2.2.
# Guess:     a confidential client introspects any good token of the server, and any other token is 200 `{"active":false}`.
# Behaviour: the response depends on the client that introspects. The token's own client and clients that are linked to its resource see
#            `active: true`; every other client sees `active: false` for the same good token, which its resource would
#            verify as a JWT. A JWT that the server did not sign is 500 with an empty body, an opaque unknown token is 200.
# Output seen: own client: 200 true; linked client: 200 true; other client: 200 false; unknown opaque: 200 false; foreign JWT: 500
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing node 24.21.0, better-auth 1.7.5 and @better-auth/oauth-provider 1.7.5'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund node@24.21.0 better-auth@1.7.5 @better-auth/core@1.7.5 @better-auth/utils@0.4.2 \
  @better-fetch/fetch@1.3.2 better-call@1.4.0 @better-auth/oauth-provider@1.7.5 >> install.log 2>&1
cat > ask.mjs <<'JS'
import { oauthProvider } from '@better-auth/oauth-provider'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { jwt } from 'better-auth/plugins'
import { generateKeyPairSync, sign } from 'node:crypto'

const origin = 'http://127.0.0.1'
const issuer = `${origin}/api/auth`
const resource = 'https://mcp.example/notes'
const models = ['user', 'session', 'account', 'verification', 'jwks', 'oauthClient', 'oauthResource', 'oauthClientResource',
  'oauthRefreshToken', 'oauthAccessToken', 'oauthConsent', 'oauthClientAssertion']
const auth = betterAuth({
  baseURL: origin,
  secret: 'a secret of thirty-two bytes or more',
  database: memoryAdapter(Object.fromEntries(models.map((model) => [model, []]))),
  telemetry: { enabled: false },
  logger: { disabled: true },
  rateLimit: { enabled: false },
  emailAndPassword: { enabled: true },
  plugins: [jwt(), oauthProvider({
    loginPage: '/login', consentPage: '/consent', scopes: ['openid', 'read'], clientRegistrationAllowedResources: [resource],
    resources: [resource], allowDynamicClientRegistration: true, allowUnauthenticatedClientRegistration: true,
    clientRegistrationRequirePKCE: false,
  })],
})
const json = { 'Content-Type': 'application/json', Origin: origin }
const post = (path, body, headers = json) =>
  auth.handler(new Request(issuer + path, { method: 'POST', headers, body: body instanceof URLSearchParams ? body : JSON.stringify(body) }))
const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
const basic = ({ client_id, client_secret }) => ({ ...form, Authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}` })
const redirect_uri = 'https://client.example/callback'
const register = async (resources) => {
  const response = await post('/oauth2/register', { redirect_uris: [redirect_uri], token_endpoint_auth_method: 'client_secret_basic', resources })
  return response.json()
}
const own = await register([resource])
const linked = await register([resource])
const other = await register()

const up = await post('/sign-up/email', { email: 'user@example.com', password: 'a long password', name: 'User' })
const Cookie = up.headers.getSetCookie().map((each) => each.split(';')[0]).join('; ')
const verifier = 'v'.repeat(64)
const code_challenge = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(verifier))).toString('base64url')
const query = new URLSearchParams({
  client_id: own.client_id, redirect_uri, response_type: 'code', state: 's', scope: 'read', resource, code_challenge, code_challenge_method: 'S256',
})
const page = await auth.handler(new Request(`${issuer}/oauth2/authorize?${query}`, { headers: { Cookie } }))
const oauth_query = new URL(page.headers.get('Location'), origin).search.slice(1)
const { url } = await (await post('/oauth2/consent', { accept: true, oauth_query }, { ...json, Cookie })).json()
const code = new URL(url).searchParams.get('code')
const grant = new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri, code_verifier: verifier, resource })
const { access_token: token } = await (await post('/oauth2/token', grant, basic(own))).json()

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const { privateKey } = generateKeyPairSync('ed25519')
const signed = `${part({ alg: 'EdDSA', typ: 'at+jwt', kid: 'foreign' })}.${part({ iss: 'https://other.example', sub: 'user' })}`
const foreign = `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`
const ask = async (name, client, asked) => {
  const response = await post('/oauth2/introspect', new URLSearchParams({ token: asked }), basic(client))
  const text = await response.text()
  return `${name}: ${response.status}${text === '' ? '' : ` ${JSON.parse(text).active}`}`
}
console.log([
  await ask('own client', own, token),
  await ask('linked client', linked, token),
  await ask('other client', other, token),
  await ask('unknown opaque', linked, 'an-unknown-token'),
  await ask('foreign JWT', linked, foreign),
].join('; '))
JS
seen=$(PATH="$work/node_modules/.bin:$PATH" node ask.mjs 2> warnings.log) || cat warnings.log
echo "$seen"
[ "$seen" = 'own client: 200 true; linked client: 200 true; other client: 200 false; unknown opaque: 200 false; foreign JWT: 500' ] || { echo 'This has changed.'; exit 1; }
