#!/usr/bin/env bash
# Versions: oidc-provider 9.13.3, node 24.21.0 (npm). Documentation of oidc-provider: `rotateRefreshToken` (rotation goes on until a
#            year has passed), `ttl.RefreshToken` (14 days from each rotation, except for public clients in a browser).
# Guess:     a native client, such as a command-line MCP client, that refreshes every day stays logged in: each refresh token lives 14
#            days, and its successor 14 days from then, for a year. So does its access token, for as long as `expires_in` says.
# Behaviour: the tokens belong to the Grant, which `ttl.Grant` ends 14 days after the login; a refresh does not extend it. On day 14 the refresh
#            is `invalid_grant`, with a refresh token of the day before that has 13 days left. An opaque access token that was issued
#            an hour before, for four hours, is inactive from that moment on. No test
#            that is shorter than two weeks shows it, and all users of a launch day are logged out on one day.
# Output seen: refreshed daily: last 200 on day 13, then 400 invalid_grant with a refresh token that has 13 days left; access token of 4 h: active after 0.5 h, inactive after 1.5 h
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing oidc-provider 9.13.3 and node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund oidc-provider@9.13.3 node@24.21.0 >> install.log 2>&1
cat > days.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import Provider from 'oidc-provider'

// The clock of this process moves; all lifetimes but one are the defaults of the server.
const realNow = Date.now
let later = 0
Date.now = () => realNow() + later * 1000
const HOUR = 3600
const DAY = 24 * HOUR

const RESOURCE = 'https://mcp.example/notes'
const server = createServer().listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = `http://127.0.0.1:${server.address().port}`
const info = { scope: 'read', audience: RESOURCE, accessTokenFormat: 'opaque', accessTokenTTL: 4 * HOUR }
const provider = new Provider(origin, {
  clients: [
    {
      client_id: 'app', application_type: 'native', token_endpoint_auth_method: 'none', response_types: ['code'],
      redirect_uris: ['http://127.0.0.1/callback'], grant_types: ['authorization_code', 'refresh_token'],
    },
    { client_id: 'api', client_secret: 'secret', redirect_uris: [], grant_types: [], response_types: [] },
  ],
  features: {
    introspection: { enabled: true, allowedPolicy: () => true },
    resourceIndicators: { enabled: true, useGrantedResource: () => true, getResourceServerInfo: () => info },
  },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
})
server.on('request', provider.callback())

/** What the server has after a login. */
async function logIn() {
  const grant = new provider.Grant({ clientId: 'app', accountId: 'user' })
  grant.addResourceScope(RESOURCE, 'read')
  const login = { accountId: 'user', grantId: await grant.save(), gty: 'authorization_code', claims: {}, scope: 'read', resource: RESOURCE }
  return new provider.RefreshToken({ ...login, client: await provider.Client.find('app') }).save()
}
const post = async (path, form, headers) => (await fetch(origin + path, { method: 'POST', body: new URLSearchParams(form), headers })).json()
const refresh = (refresh_token) => post('/token', { grant_type: 'refresh_token', refresh_token, client_id: 'app' })
const stateOf = async (token) => {
  const { active } = await post('/token/introspection', { token }, { Authorization: `Basic ${btoa('api:secret')}` })
  return active ? 'active' : 'inactive'
}

let token = await logIn()
let day = 0
let error
while (error === undefined && day < 30) {
  day += 1
  later = day * DAY + 5
  const body = await refresh(token)
  error = body.error
  token = body.refresh_token ?? token
}
const left = (await provider.RefreshToken.find(token))?.remainingTTL / DAY
const daily = `refreshed daily: last 200 on day ${day - 1}, then 400 ${error} with a refresh token that has ${Math.round(left)} days left`

const second = await logIn()
later += 14 * DAY - HOUR
const { access_token } = await refresh(second)
later += HOUR / 2
const before = await stateOf(access_token)
later += HOUR
console.log(`${daily}; access token of 4 h: ${before} after 0.5 h, ${await stateOf(access_token)} after 1.5 h`)
process.exit()
JS
seen=$(node_modules/node/bin/node days.mjs 2> errors.log | grep -v NOTICE) || tail -5 errors.log
echo "$seen"
daily='refreshed daily: last 200 on day 13, then 400 invalid_grant with a refresh token that has 13 days left'
[ "$seen" = "$daily; access token of 4 h: active after 0.5 h, inactive after 1.5 h" ] || { echo 'This has changed.'; exit 1; }
