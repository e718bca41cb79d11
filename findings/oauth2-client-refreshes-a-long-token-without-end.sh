#!/usr/bin/env bash
# Versions: @badgateway/oauth2-client 3.3.1, oidc-provider 9.13.3, node 24.21.0 (npm). Standard: RFC 6749 §5.1 (`expires_in`). Documentation of
#            the library: `scheduleRefresh` (on by default: a refresh one minute before the end of the token). Of Laravel
#            Passport: access tokens last for a year by default.
# Guess:     the longer an access token lives, the fewer refreshes. With tokens of a month or of a year the timer fires once in that time, if the
#            process lives that long at all.
# Behaviour: a timer of Node holds 24.8 days. A token of 24 days is left alone; one of 25 days is due at once, and so is its
#            successor: the client refreshes as fast as the server answers, without any request of the application, for as long as the process
#            runs, and keeps the process running. Every call works, and Node prints one warning about a timer. The server issues and stores
#            each of these tokens, until its rate limit rejects all that share the address. `scheduleRefresh: false` helps.
# Output seen, refreshes in five seconds: 1 h: 0; 24 days: 0; 25 days: more than 100; 1 year: more than 100; 1 year with scheduleRefresh false: 0
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing @badgateway/oauth2-client 3.3.1, oidc-provider 9.13.3 and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund @badgateway/oauth2-client@3.3.1 oidc-provider@9.13.3 node@24.21.0 >> install.log 2>&1
cat > timers.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { OAuth2Client, OAuth2Fetch } from '@badgateway/oauth2-client'
import Provider from 'oidc-provider'

const HOUR = 3600
const DAY = 24 * HOUR
const SCOPE = 'openid offline_access'

async function run(seconds, scheduleRefresh) {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${server.address().port}`
  const provider = new Provider(origin, {
    clients: [
      {
        client_id: 'app', application_type: 'native', token_endpoint_auth_method: 'none', response_types: ['code'],
        redirect_uris: ['http://127.0.0.1/callback'], grant_types: ['authorization_code', 'refresh_token'],
      },
    ],
    ttl: { AccessToken: seconds, RefreshToken: 2 * 365 * DAY, Grant: 2 * 365 * DAY },
    rotateRefreshToken: true,
    features: { resourceIndicators: { enabled: false } },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  })
  server.on('request', provider.callback())
  let refreshes = 0
  provider.on('grant.success', () => (refreshes += 1))

  // What the server has after a login, and what the client has stored.
  const grant = new provider.Grant({ clientId: 'app', accountId: 'user' })
  grant.addOIDCScope(SCOPE)
  const login = { accountId: 'user', grantId: await grant.save(), gty: 'authorization_code', claims: {}, scope: SCOPE }
  const refreshToken = await new provider.RefreshToken({ ...login, client: await provider.Client.find('app') }).save()
  const client = new OAuth2Client({ server: origin, clientId: 'app', tokenEndpoint: '/token' })
  const wrapper = new OAuth2Fetch({
    client, scheduleRefresh, getNewToken: () => null,
    getStoredToken: () => ({ accessToken: 'expired', refreshToken, expiresAt: Date.now() - 1000 }),
  })
  await wrapper.getAccessToken()
  refreshes = 0
  await setTimeout(5000)
  const seen = refreshes > 100 ? 'more than 100' : refreshes
  server.closeAllConnections()
  server.close()
  return seen
}
const seen = []
for (const [name, seconds] of [['1 h', HOUR], ['24 days', 24 * DAY], ['25 days', 25 * DAY], ['1 year', 365 * DAY]]) {
  seen.push(`${name}: ${await run(seconds, true)}`)
}
console.log(`${seen.join('; ')}; 1 year with scheduleRefresh false: ${await run(365 * DAY, false)}`)
process.exit()
JS
seen=$(node_modules/.bin/node --no-warnings timers.mjs 2> errors.log | grep -v NOTICE) || { tail -5 errors.log; exit 1; }
echo "$seen"
[ "$seen" = '1 h: 0; 24 days: 0; 25 days: more than 100; 1 year: more than 100; 1 year with scheduleRefresh false: 0' ] || { echo 'This has changed.'; exit 1; }
