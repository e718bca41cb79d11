#!/usr/bin/env bash
# Versions: requests-oauthlib 2.0.0 with oauthlib 4.0.0, Authlib 1.8.0, requests (PyPI, Python 3.11), oidc-provider 9.13.3, node 24.21.0 (npm). Standards:
#            RFC 6749 §5.1 (`scope` of the response, if it differs from what was requested), RFC 9700 §4.14.2 (rotation; a refresh token that is used
#            twice ends the grant). Documentation of requests-oauthlib: `auto_refresh_url`, `token_updater`; of oauthlib: OAUTHLIB_RELAX_TOKEN_SCOPE.
# Guess:     when a user, or an administrator, takes one of two scopes away, the next refresh returns a token for the other one. What needs the
#            lost scope fails, and the rest works. If the library objects, it does so once the new tokens have been handed over.
# Behaviour: the first request after that raises `Warning: Scope has changed`, before `token_updater` has got the new tokens. They exist nowhere
#            else: the server has rotated the refresh token. So the next request sends the old one, a second use, and the server ends the grant:
#            every request is `invalid_grant`, and the user has to log in because a scope was removed. A login compares scopes in
#            the same way, so programs whose logins work do not set the variable. With OAUTHLIB_RELAX_TOKEN_SCOPE=1 the program goes on with
#            one scope, as with Authlib.
# Output seen: requests-oauthlib: both scopes 200; one removed: Warning, InvalidGrantError, InvalidGrantError; grant ended
#              requests-oauthlib, relaxed: both scopes 200; one removed: 200, 200, 200; grant alive
#              Authlib: both scopes 200; one removed: 200, 200, 200; grant alive
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && cd "$work"
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT
echo 'Installing requests-oauthlib 2.0.0, oauthlib 4.0.0, Authlib 1.8.0, oidc-provider 9.13.3 and node 24.21.0'
python3 -m venv venv && venv/bin/pip install --quiet --retries 0 requests-oauthlib==2.0.0 oauthlib==4.0.0 authlib==1.8.0 > install.log 2>&1
npm init -y >> install.log 2>&1
npm install --no-audit --no-fund oidc-provider@9.13.3 node@24.21.0 >> install.log 2>&1
cat > server.mjs <<'JS'
// The authorization server, with its defaults for public clients. /login gives a refresh token for `read write`, /remove takes `write` away,
// /api accepts what is active, and /grant says whether the grant exists.
import { once } from 'node:events'
import { createServer } from 'node:http'
import Provider from 'oidc-provider'

const RESOURCE = 'https://mcp.example/notes'
const server = createServer().listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = `http://127.0.0.1:${server.address().port}`
const client = { client_id: 'app', application_type: 'native', token_endpoint_auth_method: 'none', redirect_uris: ['http://127.0.0.1/callback'] }
const info = { scope: 'read write', audience: RESOURCE, accessTokenFormat: 'opaque', accessTokenTTL: 3 }
const provider = new Provider(origin, {
  clients: [{ ...client, response_types: ['code'], grant_types: ['authorization_code', 'refresh_token'] }],
  features: { resourceIndicators: { enabled: true, useGrantedResource: () => true, getResourceServerInfo: () => info } },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
})
let grantId
const routes = {
  async '/login'() {
    const grant = new provider.Grant({ clientId: 'app', accountId: 'user' })
    grant.addResourceScope(RESOURCE, 'read write')
    grantId = await grant.save()
    const login = { accountId: 'user', grantId, gty: 'authorization_code', claims: {}, scope: 'read write', resource: RESOURCE }
    return new provider.RefreshToken({ ...login, client: await provider.Client.find('app') }).save()
  },
  async '/remove'() {
    const grant = await provider.Grant.find(grantId)
    grant.rejectResourceScope(RESOURCE, 'write')
    await grant.save()
    return ''
  },
  '/grant': async () => ((await provider.Grant.find(grantId)) === undefined ? 'grant ended' : 'grant alive'),
  async '/api'({ headers }, response) {
    const token = await provider.AccessToken.find(headers.authorization?.slice('Bearer '.length) ?? '')
    if (token === undefined) response.statusCode = 401
    return ''
  },
}
const handle = provider.callback()
server.on('request', async (request, response) => {
  const route = routes[request.url]
  if (route === undefined) return handle(request, response)
  response.end(await route(request, response))
})
console.log(origin)
JS
cat > client.py <<'PY'
import sys, time, urllib.request
from authlib.integrations.requests_client import OAuth2Session as Authlib
from requests_oauthlib import OAuth2Session

kind, name, origin = sys.argv[1:]
get = lambda path: urllib.request.urlopen(origin + path).read().decode()
stored = {"access_token": "expired", "refresh_token": get("/login"), "token_type": "Bearer", "expires_at": time.time() - 5}
SCOPE = ["read", "write"]

def save(token, **_):
    global stored
    stored = dict(token)

def create():
    """The session of one request, as a web application makes it from its store."""
    if kind == "authlib":
        return Authlib("app", token=stored, scope=" ".join(SCOPE), token_endpoint=f"{origin}/token", update_token=save, token_endpoint_auth_method="none")
    return OAuth2Session("app", token=stored, scope=SCOPE, auto_refresh_url=f"{origin}/token", auto_refresh_kwargs={"client_id": "app"}, token_updater=save)

def use():
    try: return str(create().get(f"{origin}/api").status_code)
    except Exception as error: return type(error).__name__

def expire(): stored["expires_at"] = time.time() - 5
both = use()
get("/remove")
expire()
seen = [use(), use()]
expire()
seen.append(use())
print(f"{name}: both scopes {both}; one removed: {', '.join(seen)}; {get('/grant')}")
PY
node_modules/node/bin/node server.mjs > origin 2> server.log &
until [ -s origin ]; do sleep 0.1; done
origin=$(cat origin)
export OAUTHLIB_INSECURE_TRANSPORT=1 AUTHLIB_INSECURE_TRANSPORT=1
seen=$(venv/bin/python client.py requests requests-oauthlib "$origin" 2> errors.log
OAUTHLIB_RELAX_TOKEN_SCOPE=1 venv/bin/python client.py requests 'requests-oauthlib, relaxed' "$origin" 2>> errors.log
venv/bin/python client.py authlib Authlib "$origin" 2>> errors.log) || true
echo "$seen"
good='both scopes 200; one removed: 200, 200, 200; grant alive'
[ "$seen" = "requests-oauthlib: both scopes 200; one removed: Warning, InvalidGrantError, InvalidGrantError; grant ended
requests-oauthlib, relaxed: $good
Authlib: $good" ] || { cat errors.log; echo 'This has changed.'; exit 1; }
