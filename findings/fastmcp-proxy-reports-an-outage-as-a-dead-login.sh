#!/usr/bin/env bash
# Versions: fastmcp 4.0.10 (PyPI, Python 3.11), @modelcontextprotocol/sdk 1.32.2, @modelcontextprotocol/client 2.4.0, express 5.3.0,
#            node 24.21.0 (npm). Standards: RFC 6749 §5.2 (`invalid_grant`: the refresh token is invalid, expired or revoked), RFC 9110
#            §15.6 (5xx: the server failed), §10.2.3 (`Retry-After`).
# Guess:     an MCP server whose OAuth proxy logs its users in at another authorization server passes the difference on at a
#            refresh: 503 of that server is a 5xx, and the client tries again later; `invalid_grant` is `invalid_grant`, and the
#            client logs in again.
# Behaviour: OAuthProxy of FastMCP makes both an `invalid_grant`, ProxyOAuthServerProvider of the MCP SDK makes both a 500, and both drop
#            `Retry-After`. So one second of outage at the server behind FastMCP ends the logins of all users whose client
#            refreshes in it: that of the SDK deletes the tokens. Nothing was revoked: the same refresh token works as soon as
#            that server is back. Behind the SDK's proxy, a client that waits for a 500 to pass waits for a login that is over.
# Output seen: fastmcp: outage 401 invalid_grant, client deletes tokens, afterwards 200; revoked 401 invalid_grant, client deletes tokens
#              sdk: outage 500 server_error, client deletes nothing, afterwards 200; revoked 500 server_error, client deletes nothing
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
command -v python3 > /dev/null || { echo 'This needs apt-get install python3-venv'; exit 2; }
work=$(mktemp -d) && cd "$work"
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT
echo 'Installing fastmcp 4.0.10, @modelcontextprotocol/sdk 1.32.2, @modelcontextprotocol/client 2.4.0, express 5.3.0 and node 24.21.0'
python3 -m venv venv && venv/bin/pip install --quiet --retries 0 fastmcp==4.0.10 > install.log 2>&1
npm init -y >> install.log 2>&1
npm install --no-audit --no-fund @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/client@2.4.0 express@5.3.0 node@24.21.0 >> install.log 2>&1
export PATH="$work/node_modules/.bin:$PATH"
cat > upstream.mjs <<'JS'
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'

// The authorization server behind the proxies, with a user who is signed in.
let state = 'up'
const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://127.0.0.1')
  let body = ''
  for await (const part of request) body += part
  const json = (status, value) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))
  if (pathname === '/state') {
    state = body
    return response.end()
  }
  if (pathname === '/authorize') {
    const back = new URL(searchParams.get('redirect_uri'))
    back.searchParams.set('code', randomUUID())
    back.searchParams.set('state', searchParams.get('state') ?? '')
    return response.writeHead(302, { Location: back.href }).end()
  }
  if (pathname === '/register') return json(201, { ...JSON.parse(body), client_id: 'app' })
  if (state === 'outage') return response.writeHead(503, { 'Retry-After': '5' }).end()
  if (state === 'revoked') return json(400, { error: 'invalid_grant' })
  json(200, { access_token: randomUUID(), token_type: 'Bearer', expires_in: 3600, refresh_token: 'a-refresh-token', scope: 'read' })
}).listen(0, '127.0.0.1', () => console.log(server.address().port))
JS
cat > fastmcp_proxy.py <<'PY'
import sys

from fastmcp import FastMCP
from fastmcp.server.auth.oauth_proxy import OAuthProxy
from fastmcp.server.auth.providers.debug import DebugTokenVerifier
from key_value.aio.stores.memory import MemoryStore

upstream, port = sys.argv[1:]
auth = OAuthProxy(
    upstream_authorization_endpoint=f"http://127.0.0.1:{upstream}/authorize",
    upstream_token_endpoint=f"http://127.0.0.1:{upstream}/token",
    upstream_client_id="proxy",
    upstream_client_secret="the secret of the proxy",
    token_verifier=DebugTokenVerifier(),
    base_url=f"http://127.0.0.1:{port}",
    require_authorization_consent=False,
    client_storage=MemoryStore(),
    jwt_signing_key="a key of this script, long enough for a signature",
)
FastMCP("notes", auth=auth).run(transport="http", host="127.0.0.1", port=int(port), show_banner=False)
PY
cat > sdk-proxy.mjs <<'JS'
import { ProxyOAuthServerProvider } from '@modelcontextprotocol/sdk/server/auth/providers/proxyProvider.js'
import { mcpAuthRouter } from '@modelcontextprotocol/sdk/server/auth/router.js'
import express from 'express'

const [upstream, port] = process.argv.slice(2).map((each) => `http://127.0.0.1:${each}`)
const provider = new ProxyOAuthServerProvider({
  endpoints: { authorizationUrl: `${upstream}/authorize`, tokenUrl: `${upstream}/token`, registrationUrl: `${upstream}/register` },
  verifyAccessToken: async () => Promise.reject(new Error('not used')),
  getClient: async (client_id) => ({ client_id, redirect_uris: ['http://127.0.0.1/callback'], token_endpoint_auth_method: 'none' }),
})
express()
  .use(mcpAuthRouter({ provider, issuerUrl: new URL(port) }))
  .listen(Number(process.argv[3]), '127.0.0.1')
JS
cat > client.mjs <<'JS'
import { auth } from '@modelcontextprotocol/client'

const REDIRECT = 'http://127.0.0.1/callback'
const [name, upstream, port] = process.argv.slice(2)
const origin = `http://127.0.0.1:${port}`
const serverUrl = `${origin}/mcp`
const become = (state) => fetch(`http://127.0.0.1:${upstream}/state`, { method: 'PUT', body: state })

/** A client that keeps everything in memory, and whose user agrees to the first login. */
const createProvider = () => {
  const kept = {}
  const deleted = []
  return {
    kept,
    deleted,
    redirectUrl: REDIRECT,
    clientMetadata: {
      redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token'],
    },
    clientInformation: () => kept.client,
    saveClientInformation: (client) => void (kept.client = client),
    tokens: () => kept.tokens,
    saveTokens: (tokens) => void (kept.tokens = tokens),
    codeVerifier: () => kept.verifier,
    saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
    discoveryState: () => kept.discovery,
    saveDiscoveryState: (discovery) => void (kept.discovery = discovery),
    invalidateCredentials(scope) {
      deleted.push(scope)
      if (scope === 'tokens') delete kept.tokens
    },
    async redirectToAuthorization(url) {
      if (kept.tokens !== undefined || deleted.length > 0) return
      const jar = new Map()
      let next = url.href
      for (let steps = 0; steps < 10 && !next.startsWith(REDIRECT); steps += 1) {
        const cookie = [...jar].map((pair) => pair.join('=')).join('; ')
        const response = await fetch(next, { redirect: 'manual', headers: { cookie } })
        for (const each of response.headers.getSetCookie()) jar.set(...each.split(';')[0].split('='))
        next = new URL(response.headers.get('location'), next).href
      }
      kept.answer = new URL(next).searchParams
    },
  }
}
const refresh = async ({ client_id }, { refresh_token }) => {
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token, client_id })
  const response = await fetch(`${origin}/token`, { method: 'POST', body })
  const { error } = await response.json()
  if (response.headers.has('Retry-After')) throw new Error('Retry-After')
  return error === undefined ? `${response.status}` : `${response.status} ${error}`
}
const lose = async (state) => {
  await become('up')
  const provider = createProvider()
  await auth(provider, { serverUrl })
  const { answer } = provider.kept
  await auth(provider, { serverUrl, authorizationCode: answer.get('code'), iss: answer.get('iss') ?? undefined })
  const { client, tokens } = provider.kept
  await become(state)
  const seen = `${state} ${await refresh(client, tokens)}`
  await auth(provider, { serverUrl })
  const what = `${seen}, client deletes ${provider.deleted.join(' and ') || 'nothing'}`
  await become('up')
  return state === 'revoked' ? what : `${what}, afterwards ${await refresh(client, tokens)}`
}
for (let tries = 0; tries < 300 && !(await fetch(origin).then(() => true, () => false)); tries += 1)
  await new Promise((resolve) => setTimeout(resolve, 100))
console.log(`${name}: ${await lose('outage')}; ${await lose('revoked')}`)
JS
free() { node -e "require('net').createServer().listen(0,'127.0.0.1',function(){console.log(this.address().port);this.close()})"; }
node upstream.mjs > port &
until [ -s port ]; do sleep 0.1; done
upstream=$(cat port) fastmcp=$(free) sdk=$(free)
FASTMCP_CHECK_FOR_UPDATES=off venv/bin/python fastmcp_proxy.py "$upstream" "$fastmcp" > fastmcp.log 2>&1 &
node sdk-proxy.mjs "$upstream" "$sdk" > sdk.log 2>&1 &
seen=$(node client.mjs fastmcp "$upstream" "$fastmcp" 2> errors.txt; node client.mjs sdk "$upstream" "$sdk" 2>> errors.txt) || true
echo "$seen"
[ "$seen" = 'fastmcp: outage 401 invalid_grant, client deletes tokens, afterwards 200; revoked 401 invalid_grant, client deletes tokens
sdk: outage 500 server_error, client deletes nothing, afterwards 200; revoked 500 server_error, client deletes nothing' ] || { cat errors.txt; echo 'This has changed.'; exit 1; }
