#!/usr/bin/env bash
# Versions: better-auth 1.7.5 with @better-auth/oauth-provider 1.7.5, node 24.21.0 (npm). Standards: RFC 9700 §4.14.2 (a second use of a
#            refresh token revokes the active one of the same login), MCP 2025-11-25 (client ID metadata documents).
# Guess:     a refresh token that is used twice ends the login that it belongs to. The user's other logins are other grants.
# Behaviour: it ends every login of that user at that client. A client id names a program, not a device: all installations
#            share it where it is registered by hand or is a client ID metadata document. So a laptop that repeats a refresh after
#            a lost response logs the user's phone out, too, and its log shows an unknown token: "session not found".
#            `refreshTokenReuseInterval`, 0 by default, answers the repetition with the same tokens.
# Output seen: interval 0: laptop 200, again 400 invalid refresh token, phone 400 session not found, other program 200; interval 30: laptop 200, again 200, phone 200, other program 200
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing node 24.21.0, better-auth 1.7.5 and @better-auth/oauth-provider 1.7.5'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund node@24.21.0 better-auth@1.7.5 @better-auth/core@1.7.5 @better-auth/utils@0.4.2 \
  @better-fetch/fetch@1.3.2 better-call@1.4.0 @better-auth/oauth-provider@1.7.5 >> install.log 2>&1
cat > refresh.mjs <<'JS'
import { oauthProvider } from '@better-auth/oauth-provider'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { jwt } from 'better-auth/plugins'

const origin = 'http://127.0.0.1'
const issuer = `${origin}/api/auth`
const resource = 'https://mcp.example/notes'
const models = ['user', 'session', 'account', 'verification', 'jwks', 'oauthClient', 'oauthResource', 'oauthClientResource',
  'oauthRefreshToken', 'oauthAccessToken', 'oauthConsent', 'oauthClientAssertion']
const redirect_uri = 'https://client.example/callback'

async function run(refreshTokenReuseInterval) {
  const auth = betterAuth({
    baseURL: origin,
    secret: 'a secret of thirty-two bytes or more',
    database: memoryAdapter(Object.fromEntries(models.map((model) => [model, []]))),
    telemetry: { enabled: false },
    logger: { disabled: true },
    rateLimit: { enabled: false },
    emailAndPassword: { enabled: true },
    plugins: [jwt(), oauthProvider({
      refreshTokenReuseInterval,
      loginPage: '/login', consentPage: '/consent', scopes: ['openid', 'offline_access', 'read'], clientRegistrationAllowedResources: [resource],
      resources: [resource], allowDynamicClientRegistration: true, allowUnauthenticatedClientRegistration: true,
    })],
  })
  const json = { 'Content-Type': 'application/json', Origin: origin }
  const post = (path, body, headers = json) =>
    auth.handler(new Request(issuer + path, { method: 'POST', headers, body: body instanceof URLSearchParams ? body : JSON.stringify(body) }))
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
  const register = async () => {
    const client = { redirect_uris: [redirect_uri], token_endpoint_auth_method: 'none', resources: [resource] }
    const grant_types = ['authorization_code', 'refresh_token']
    return (await (await post('/oauth2/register', { ...client, grant_types })).json()).client_id
  }
  const up = await post('/sign-up/email', { email: 'user@example.com', password: 'a long password', name: 'User' })
  const Cookie = up.headers.getSetCookie().map((each) => each.split(';')[0]).join('; ')
  const ask = async (fields) => (await post('/oauth2/token', new URLSearchParams({ resource, ...fields }), form)).json()
  const logIn = async (client_id) => {
    const code_verifier = 'v'.repeat(64)
    const code_challenge = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(code_verifier))).toString('base64url')
    const query = new URLSearchParams({
      client_id, redirect_uri, response_type: 'code', state: 's', scope: 'read offline_access', resource, code_challenge, code_challenge_method: 'S256',
    })
    const page = await auth.handler(new Request(`${issuer}/oauth2/authorize?${query}`, { headers: { Cookie } }))
    let next = new URL(page.headers.get('Location'), origin)
    if (next.pathname === '/consent') {
      const agreed = await post('/oauth2/consent', { accept: true, oauth_query: next.search.slice(1) }, { ...json, Cookie })
      next = new URL((await agreed.json()).url)
    }
    const code = next.searchParams.get('code')
    return (await ask({ grant_type: 'authorization_code', code, redirect_uri, client_id, code_verifier })).refresh_token
  }
  const refresh = async (client_id, refresh_token) => {
    const { access_token, error_description } = await ask({ grant_type: 'refresh_token', refresh_token, client_id })
    return access_token === undefined ? `400 ${error_description}` : '200'
  }
  const [program, other] = [await register(), await register()]
  const [laptop, phone, third] = [await logIn(program), await logIn(program), await logIn(other)]
  const seen = [`laptop ${await refresh(program, laptop)}`, `again ${await refresh(program, laptop)}`]
  return [...seen, `phone ${await refresh(program, phone)}`, `other program ${await refresh(other, third)}`].join(', ')
}
console.log(`interval 0: ${await run(0)}; interval 30: ${await run(30)}`)
JS
seen=$(PATH="$work/node_modules/.bin:$PATH" node refresh.mjs 2> warnings.log) || cat warnings.log
echo "$seen"
ended='laptop 200, again 400 invalid refresh token, phone 400 session not found, other program 200'
[ "$seen" = "interval 0: $ended; interval 30: laptop 200, again 200, phone 200, other program 200" ] || { echo 'This has changed.'; exit 1; }
