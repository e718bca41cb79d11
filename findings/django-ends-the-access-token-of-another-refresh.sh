#!/usr/bin/env bash
# Versions: django-oauth-toolkit 1.7.0 and Django 3.2.25 (Debian 12), @modelcontextprotocol/client 2.4.0, oidc-provider 9.13.3, node 24.21.0
#            (npm). Standards: RFC 6749 §5.1 (`expires_in`), §6, RFC 7662. Documentation of django-oauth-toolkit: `ROTATE_REFRESH_TOKEN`
#            (False: "reuse the same refresh token and only update the access token"), `REFRESH_TOKEN_GRACE_PERIOD_SECONDS`.
# Guess:     without rotation, a refresh token may be used in parallel and by several processes: each refresh returns an access token, and each of
#            them works for as long as its `expires_in` says. That is why rotation is turned off for clients that refresh in parallel.
# Behaviour: there is one access token for a refresh token. Each refresh ends the one before it, which introspection shows at once. Two
#            processes with the same login, such as two replicas of an agent, end each other's token with each refresh: each of their calls is a
#            401 and a refresh, without end. Of three calls that refresh in parallel one works. With rotation the second refresh
#            is `invalid_grant`. Rotation with a grace period returns the same pair to all of them, and each call works. oidc-provider
#            without rotation behaves as guessed.
# Output seen: oidc-provider: ten calls of two processes: 10 work, 0 refreshes; three at once: 3 work
#              django without rotation: ten calls of two processes: 10 work, 10 refreshes; three at once: 1 works
#              django with rotation and grace: ten calls of two processes: 10 work, 0 refreshes; three at once: 3 work
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
python=/usr/bin/python3
"$python" -c 'import oauth2_provider' 2> /dev/null || {
  echo 'This needs django-oauth-toolkit: apt-get install python3-django-oauth-toolkit'
  exit 2
}
work=$(mktemp -d) && cd "$work"
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT
"$python" -c 'import django, oauth2_provider; print("Django", django.__version__, "django-oauth-toolkit", oauth2_provider.__version__)'
echo 'Installing @modelcontextprotocol/client 2.4.0, oidc-provider 9.13.3 and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund @modelcontextprotocol/client@2.4.0 oidc-provider@9.13.3 node@24.21.0 >> install.log 2>&1
cat > site_settings.py <<'PY'
import os

SECRET_KEY = "a secret of this script"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "site_urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["SITE_NAME"] + ".sqlite"}}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"]
ROTATES = os.environ["SITE_NAME"] == "rotation"
OAUTH2_PROVIDER = {"SCOPES": {"read": "Read"}, "ROTATE_REFRESH_TOKEN": ROTATES, "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": 60 if ROTATES else 0}
PY
cat > site_urls.py <<'PY'
from django.urls import include, path

urlpatterns = [path("o/", include("oauth2_provider.urls"))]
PY
cat > django_site.py <<'PY'
import os
from datetime import timedelta
from wsgiref.simple_server import WSGIRequestHandler, make_server

os.environ["DJANGO_SETTINGS_MODULE"] = "site_settings"
import django

django.setup()
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application, RefreshToken

call_command("migrate", verbosity=0)
user = User.objects.create_user("user")
for name, kind in (("app", Application.CLIENT_PUBLIC), ("api", Application.CLIENT_CONFIDENTIAL)):
    Application.objects.create(
        client_id=name,
        client_secret="" if name == "app" else "secret",
        client_type=kind,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris="http://127.0.0.1/callback",
    )
# What the server has after two logins.
login = {"user": user, "application": Application.objects.get(client_id="app")}
for name in ("first", "second"):
    access = AccessToken.objects.create(token=name, scope="read", expires=timezone.now() + timedelta(hours=1), **login)
    RefreshToken.objects.create(token=f"refresh-{name}", access_token=access, **login)


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


with make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet) as server:
    print(server.server_port, flush=True)
    server.serve_forever()
PY
cat > calls.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import Provider from 'oidc-provider'

const REDIRECT = 'http://127.0.0.1/callback'
const listen = async (handle) => {
  const server = createServer(handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${server.address().port}`
}
const django = (port) => {
  const site = `http://127.0.0.1:${port}/o`
  return { token: `${site}/token/`, introspection: `${site}/introspect/`, refreshTokens: ['refresh-first', 'refresh-second'] }
}

async function startOidcProvider() {
  let handle
  const origin = await listen((...pair) => handle(...pair))
  const provider = new Provider(origin, {
    clients: [
      {
        client_id: 'app', application_type: 'native', token_endpoint_auth_method: 'none', response_types: ['code'],
        redirect_uris: [REDIRECT], grant_types: ['authorization_code', 'refresh_token'],
      },
      { client_id: 'api', client_secret: 'secret', redirect_uris: [], grant_types: [], response_types: [] },
    ],
    rotateRefreshToken: false,
    features: { introspection: { enabled: true, allowedPolicy: () => true }, resourceIndicators: { enabled: false } },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  })
  handle = provider.callback()
  const logIn = async () => {
    const grant = new provider.Grant({ clientId: 'app', accountId: 'user' })
    grant.addOIDCScope('openid offline_access')
    const login = { accountId: 'user', grantId: await grant.save(), gty: 'authorization_code', claims: {}, scope: 'openid offline_access' }
    return new provider.RefreshToken({ ...login, client: await provider.Client.find('app') }).save()
  }
  return { token: `${origin}/token`, introspection: `${origin}/token/introspection`, refreshTokens: [await logIn(), await logIn()] }
}

async function run({ token, introspection, refreshTokens: [first, second] }) {
  let refreshes = 0
  // Passes each refresh on, and counts it.
  const issuer = await listen(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    response.setHeader('Content-Type', 'application/json')
    if (request.method === 'GET') {
      const endpoints = { issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` }
      const abilities = { response_types_supported: ['code'], code_challenge_methods_supported: ['S256'], token_endpoint_auth_methods_supported: ['none'] }
      return response.end(JSON.stringify({ ...endpoints, ...abilities }))
    }
    refreshes += 1
    const answer = await fetch(token, { method: 'POST', headers: { 'Content-Type': request.headers['content-type'] }, body })
    response.writeHead(answer.status).end(await answer.text())
  })
  const origin = await listen(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString()
    const json = (value) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))
    if (request.url.startsWith('/.well-known')) return json({ resource: `${origin}/mcp`, authorization_servers: [issuer] })
    const form = new URLSearchParams({ token: request.headers.authorization?.slice(7) ?? 'none' })
    const answer = await fetch(introspection, { method: 'POST', body: form, headers: { Authorization: `Basic ${btoa('api:secret')}` } })
    const { active } = await answer.json()
    const challenge = `Bearer resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`
    if (!active) return response.writeHead(401, { 'WWW-Authenticate': challenge }).end()
    if (request.method !== 'POST') return response.writeHead(405).end()
    const { id, method, params } = JSON.parse(body)
    if (id === undefined) return response.writeHead(202).end()
    const hello = { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'notes', version: '1' } }
    json({ jsonrpc: '2.0', id, result: method === 'initialize' ? hello : { content: [] } })
  })
  /** A process with its own memory. */
  const start = async (refresh_token) => {
    const kept = { tokens: { access_token: 'expired', token_type: 'Bearer', refresh_token, issuer } }
    const authProvider = {
      redirectUrl: REDIRECT, clientMetadata: { redirect_uris: [REDIRECT] }, clientInformation: () => ({ client_id: 'app', issuer }),
      tokens: () => kept.tokens, saveTokens: (tokens) => void (kept.tokens = tokens),
      codeVerifier: () => kept.verifier, saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
      discoveryState: () => kept.discovery, saveDiscoveryState: (discovery) => void (kept.discovery = discovery),
      invalidateCredentials: (what) => void delete kept[what], redirectToAuthorization: () => {},
    }
    const client = new Client({ name: 'app', version: '1.0.0' })
    await client.connect(new StreamableHTTPClientTransport(new URL(`${origin}/mcp`), { authProvider }))
    const call = () => client.callTool({ name: 'add', arguments: {} }).then(() => 1, () => 0)
    await call()
    return { kept, call }
  }
  const processes = [await start(first), await start(first)]
  refreshes = 0
  let work = 0
  for (const _ of Array(5)) for (const { call } of processes) work += await call()
  const two = `ten calls of two processes: ${work} work, ${refreshes} refreshes`
  const { kept, call } = await start(second)
  kept.tokens = { ...kept.tokens, access_token: 'expired' }
  const parallel = await Promise.all([call(), call(), call()])
  const sum = parallel.reduce((a, b) => a + b)
  return `${two}; three at once: ${sum} work${sum === 1 ? 's' : ''}`
}
const [, , plain, rotation] = process.argv
console.log(`oidc-provider: ${await run(await startOidcProvider())}`)
console.log(`django without rotation: ${await run(django(plain))}`)
console.log(`django with rotation and grace: ${await run(django(rotation))}`)
process.exit()
JS
for name in plain rotation; do SITE_NAME=$name "$python" django_site.py > $name 2> $name.log & done
until [ -s plain ] && [ -s rotation ]; do sleep 0.1; done
seen=$(node_modules/.bin/node calls.mjs "$(cat plain)" "$(cat rotation)" 2> errors.log | grep -v NOTICE) || { cat errors.log; exit 1; }
echo "$seen"
[ "$seen" = 'oidc-provider: ten calls of two processes: 10 work, 0 refreshes; three at once: 3 work
django without rotation: ten calls of two processes: 10 work, 10 refreshes; three at once: 1 works
django with rotation and grace: ten calls of two processes: 10 work, 0 refreshes; three at once: 3 work' ] || { echo 'This has changed.'; exit 1; }
