#!/usr/bin/env bash
# Versions: better-auth 1.7.5 with @better-auth/oauth-provider 1.7.5, node 24.21.0 (npm). Standards: RFC 6585 §4 (429 with `Retry-After`),
#            RFC 7662. Documentation of Better Auth: `rateLimit` (`window`, `max`; on in production), of its OAuth provider: `rateLimit.introspect`,
#            100 in 60 seconds, `rateLimit.token`, 20 in 60 seconds.
# Guess:     a limit of 100 requests in 60 seconds concerns a client that sends more than 100 requests in 60 seconds. An API that introspects
#            twice a minute never reaches it, and `introspect: false` turns it off.
# Behaviour: the window begins again with each request, so the count ends only after a minute without any. With one introspection every 30
#            seconds the 101st, 50 minutes after the start, is 429. With one refresh every 50 seconds the 20th after the login is, for
#            all clients that share an address. A resource server has one address for all of its users, so good tokens fail at a
#            low load. The 429 has no `Retry-After`, and its body has no `error`. `introspect: false` leaves the general rule, 100
#            until there are ten quiet seconds; a custom rule turns the limit off.
# Output seen: introspection every 30 s: 100 of 200 are 200, then 429 without Retry-After, no error; every 61 s: 200 of 200; every 5 s with introspect false: 100 of 200 are 200, then 429 without Retry-After, no error; with a custom rule: 200 of 200; refresh every 50 s: 19 of 40 are 200, then 429 without Retry-After, no error
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing node 24.21.0, better-auth 1.7.5 and @better-auth/oauth-provider 1.7.5'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund node@24.21.0 better-auth@1.7.5 @better-auth/core@1.7.5 @better-auth/utils@0.4.2 \
  @better-fetch/fetch@1.3.2 better-call@1.4.0 @better-auth/oauth-provider@1.7.5 >> install.log 2>&1
cat > limits.mjs <<'JS'
import { oauthProvider } from '@better-auth/oauth-provider'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { jwt } from 'better-auth/plugins'
import { mock } from 'node:test'

const origin = 'https://auth.example'
const issuer = `${origin}/api/auth`
const resource = 'https://mcp.example/notes'
const redirect_uri = 'https://client.example/callback'
const models = ['user', 'session', 'account', 'verification', 'jwks', 'oauthClient', 'oauthResource', 'oauthClientResource',
  'oauthRefreshToken', 'oauthAccessToken', 'oauthConsent', 'oauthClientAssertion']
const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
const json = { 'Content-Type': 'application/json', Origin: origin }

/** A server with a user who has logged in at one client. Each server sees one address, its own number. */
let servers = 0
const start = async (options = {}, rateLimit = {}) => {
  servers += 1
  const address = { 'X-Forwarded-For': `192.0.2.${servers}` }
  const auth = betterAuth({
    baseURL: origin,
    secret: 'a secret of thirty-two bytes or more',
    database: memoryAdapter(Object.fromEntries(models.map((model) => [model, []]))),
    telemetry: { enabled: false },
    logger: { disabled: true },
    emailAndPassword: { enabled: true },
    rateLimit,
    plugins: [jwt(), oauthProvider({
      loginPage: '/login', consentPage: '/consent', scopes: ['openid', 'offline_access', 'read'], resources: [resource],
      clientRegistrationAllowedResources: [resource], allowDynamicClientRegistration: true,
      allowUnauthenticatedClientRegistration: true, accessTokenExpiresIn: 86400, ...options,
    })],
  })
  const post = (path, body, headers = json) =>
    auth.handler(new Request(issuer + path, { method: 'POST', headers: { ...address, ...headers }, body }))
  const registered = await post('/oauth2/register', JSON.stringify({
    redirect_uris: [redirect_uri], token_endpoint_auth_method: 'client_secret_basic', resources: [resource],
    grant_types: ['authorization_code', 'refresh_token'],
  }))
  const { client_id, client_secret } = await registered.json()
  const basic = { ...form, Authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}` }
  const up = await post('/sign-up/email', JSON.stringify({ email: 'user@example.com', password: 'a long password', name: 'User' }))
  const Cookie = up.headers.getSetCookie().map((each) => each.split(';')[0]).join('; ')
  const code_verifier = 'v'.repeat(64)
  const code_challenge = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(code_verifier))).toString('base64url')
  const query = new URLSearchParams({
    client_id, redirect_uri, response_type: 'code', state: 's', scope: 'read offline_access', resource, code_challenge,
    code_challenge_method: 'S256',
  })
  const page = await auth.handler(new Request(`${issuer}/oauth2/authorize?${query}`, { headers: { ...address, Cookie } }))
  const oauth_query = new URL(page.headers.get('Location'), origin).search.slice(1)
  const consented = await post('/oauth2/consent', JSON.stringify({ accept: true, oauth_query }), { ...json, Cookie })
  const code = new URL((await consented.json()).url).searchParams.get('code')
  const send = (path, body) => post(path, new URLSearchParams(body), basic)
  const granted = await send('/oauth2/token', { grant_type: 'authorization_code', code, redirect_uri, code_verifier, resource })
  let tokens = await granted.json()
  return {
    introspect: () => send('/oauth2/introspect', { token: tokens.access_token }),
    async refresh() {
      const response = await send('/oauth2/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token })
      if (response.ok) tokens = await response.clone().json()
      return response
    },
  }
}

/** Sends up to `most` requests, one every so many seconds, until one is not 200. */
const count = async (request, most, seconds) => {
  for (let good = 0; good < most; good += 1) {
    mock.timers.tick(seconds * 1000)
    const response = await request()
    if (response.status === 200) continue
    const { error = 'no error' } = await response.json()
    const retryAfter = response.headers.has('Retry-After') ? 'with' : 'without'
    return `${good} of ${most} are 200, then ${response.status} ${retryAfter} Retry-After, ${error}`
  }
  return `${most} of ${most}`
}

mock.timers.enable({ apis: ['Date'], now: Date.now() })
const free = { customRules: { '/oauth2/introspect': false } }
console.log([
  `introspection every 30 s: ${await count((await start()).introspect, 200, 30)}`,
  `every 61 s: ${await count((await start()).introspect, 200, 61)}`,
  `every 5 s with introspect false: ${await count((await start({ rateLimit: { introspect: false } })).introspect, 200, 5)}`,
  `with a custom rule: ${await count((await start({}, free)).introspect, 200, 5)}`,
  `refresh every 50 s: ${await count((await start()).refresh, 40, 50)}`,
].join('; '))
JS
seen=$(NODE_ENV=production PATH="$work/node_modules/.bin:$PATH" node limits.mjs 2> warnings.log) || cat warnings.log
echo "$seen"
[ "$seen" = 'introspection every 30 s: 100 of 200 are 200, then 429 without Retry-After, no error; every 61 s: 200 of 200; every 5 s with introspect false: 100 of 200 are 200, then 429 without Retry-After, no error; with a custom rule: 200 of 200; refresh every 50 s: 19 of 40 are 200, then 429 without Retry-After, no error' ] || { echo 'This has changed.'; exit 1; }
