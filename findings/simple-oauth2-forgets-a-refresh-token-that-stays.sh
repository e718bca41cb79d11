#!/usr/bin/env bash
# Versions: simple-oauth2 5.1.0, @badgateway/oauth2-client 3.3.1, @modelcontextprotocol/client 2.4.0, @node-oauth/oauth2-server 5.3.0, node 24.21.0 (npm);
#            requests-oauthlib 2.0.0, Authlib 1.8.0 (PyPI, Python 3.11). Standard: RFC 6749 §6 (the server may issue a new refresh token; if it
#            does not, the old one stays). Documentation of simple-oauth2: `if (accessToken.expired()) accessToken = await accessToken.refresh()`.
# Guess:     a client that refreshes keeps its refresh token where the response has no new one, as from servers without rotation. Every library
#            of a login that lasts has this case.
# Behaviour: `refresh()` of simple-oauth2 returns a token without it: the code that restores it reads a member that does not exist. The first
#            refresh works, and so does every call of the hour after it. The second one sends an empty `refresh_token` and is 400
#            `invalid_request`, so the user logs in every second hour, for as long as the program is in use. A test that refreshes once passes, and
#            so does every server with rotation. The other four keep the old one. An application can put it back by `createToken()`.
# Output seen: simple-oauth2: refresh works, second fails 400 invalid_request
#              simple-oauth2, put back: refresh works, second works
#              @badgateway/oauth2-client: refresh works, second works; MCP SDK: refresh works, second works
#              requests-oauthlib: refresh works, second works; Authlib: refresh works, second works
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && cd "$work"
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT
echo 'Installing the packages above'
python3 -m venv venv && venv/bin/pip install --quiet --retries 0 requests-oauthlib==2.0.0 oauthlib==4.0.0 authlib==1.8.0 > install.log 2>&1
npm init -y >> install.log 2>&1
npm install --no-audit --no-fund simple-oauth2@5.1.0 @badgateway/oauth2-client@3.3.1 @modelcontextprotocol/client@2.4.0 \
  @node-oauth/oauth2-server@5.3.0 node@24.21.0 >> install.log 2>&1
cat > server.mjs <<'JS'
// The authorization server, without rotation. There is one login. /rejected returns the last error.
import { createServer } from 'node:http'
import OAuth2Server from '@node-oauth/oauth2-server'

const client = { id: 'app', grants: ['refresh_token'] }
const login = { refreshToken: 'login', refreshTokenExpiresAt: new Date(Date.now() + 3_600_000), client, user: { id: 'user' }, scope: ['read'] }
const model = {
  getClient: async (id, secret) => id === 'app' && secret === 'secret' && client,
  getRefreshToken: async (token) => token === 'login' && login,
  saveToken: async (token, _client, user) => ({ ...token, client, user }),
  revokeToken: async () => true,
}
const oauth = new OAuth2Server({ model, alwaysIssueNewRefreshToken: false, accessTokenLifetime: 3600 })
let rejected = ''
const server = createServer(async (request, response) => {
  if (request.url === '/rejected') {
    response.end(rejected)
    rejected = ''
    return
  }
  let text = ''
  for await (const part of request) text += part
  const body = Object.fromEntries(new URLSearchParams(text))
  const result = new OAuth2Server.Response()
  await oauth.token(new OAuth2Server.Request({ method: request.method, query: {}, headers: request.headers, body }), result).catch(() => {})
  if (result.status !== 200) rejected = ` ${result.status} ${result.body.error}`
  response.writeHead(result.status, { ...result.headers, 'Content-Type': 'application/json' }).end(JSON.stringify(result.body))
}).listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
JS
cat > clients.mjs <<'JS'
import { OAuth2Client } from '@badgateway/oauth2-client'
import { refreshAuthorization } from '@modelcontextprotocol/client'
import { AuthorizationCode } from 'simple-oauth2'

const origin = process.argv[2]
/** Each refreshes the tokens that it got before. */
const clients = {
  'simple-oauth2'() {
    const client = new AuthorizationCode({ client: { id: 'app', secret: 'secret' }, auth: { tokenHost: origin, tokenPath: '/token' } })
    let token = client.createToken({ access_token: 'expired', refresh_token: 'login', expires_in: -5 })
    return async () => (token = await token.refresh())
  },
  'simple-oauth2, put back'() {
    const client = new AuthorizationCode({ client: { id: 'app', secret: 'secret' }, auth: { tokenHost: origin, tokenPath: '/token' } })
    let token = client.createToken({ access_token: 'expired', refresh_token: 'login', expires_in: -5 })
    return async () => {
      const { token: fresh } = await token.refresh()
      token = client.createToken({ ...fresh, refresh_token: fresh.refresh_token ?? token.token.refresh_token })
    }
  },
  '@badgateway/oauth2-client'() {
    const client = new OAuth2Client({ server: origin, clientId: 'app', clientSecret: 'secret', tokenEndpoint: '/token' })
    let token = { accessToken: 'expired', refreshToken: 'login', expiresAt: Date.now() - 5000 }
    return async () => (token = await client.refreshToken(token))
  },
  'MCP SDK'() {
    const clientInformation = { client_id: 'app', client_secret: 'secret' }
    const metadata = { issuer: origin, authorization_endpoint: `${origin}/authorize`, token_endpoint: `${origin}/token`, response_types_supported: ['code'] }
    let tokens = { refresh_token: 'login' }
    return async () => (tokens = await refreshAuthorization(origin, { metadata, clientInformation, refreshToken: tokens.refresh_token }))
  },
}
const seen = []
for (const [name, create] of Object.entries(clients)) {
  const refresh = create()
  const use = () => refresh().then(() => 'works', async () => `fails${await (await fetch(`${origin}/rejected`)).text()}`)
  seen.push(`${name}: refresh ${await use()}, second ${await use()}`)
}
console.log(seen.join('\n'))
JS
cat > clients.py <<'PY'
import sys, time, urllib.request
from authlib.integrations.requests_client import OAuth2Session as Authlib
from requests_oauthlib import OAuth2Session

origin = sys.argv[1]
LOGIN = {"access_token": "expired", "refresh_token": "login", "token_type": "Bearer", "expires_at": time.time() - 5}
CLIENT = {"client_id": "app", "client_secret": "secret"}
sessions = {
    "requests-oauthlib": (OAuth2Session("app", token=dict(LOGIN)), CLIENT),
    "Authlib": (Authlib("app", "secret", token=dict(LOGIN), token_endpoint_auth_method="client_secret_post"), {}),
}
seen = []
for name, (session, more) in sessions.items():
    def use():
        try: session.refresh_token(f"{origin}/token", **more)
        except Exception: return "fails" + urllib.request.urlopen(f"{origin}/rejected").read().decode()
        return "works"
    seen.append(f"{name}: refresh {use()}, second {use()}")
print("\n".join(seen))
PY
node_modules/node/bin/node server.mjs > origin 2> server.log &
until [ -s origin ]; do sleep 0.1; done
origin=$(cat origin)
export OAUTHLIB_INSECURE_TRANSPORT=1 AUTHLIB_INSECURE_TRANSPORT=1
seen=$(node_modules/node/bin/node clients.mjs "$origin" 2> errors.log && venv/bin/python clients.py "$origin" 2>> errors.log) || true
echo "$seen"
good='refresh works, second works'
[ "$seen" = "simple-oauth2: refresh works, second fails 400 invalid_request
simple-oauth2, put back: $good
@badgateway/oauth2-client: $good
MCP SDK: $good
requests-oauthlib: $good
Authlib: $good" ] || { cat errors.log server.log; echo 'This has changed.'; exit 1; }
