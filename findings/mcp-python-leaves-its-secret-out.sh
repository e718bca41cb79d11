#!/usr/bin/env bash
# Versions: mcp 2.3.0 and fastmcp 4.0.10 (PyPI, Python 3.11), @modelcontextprotocol/sdk 1.32.2 (server and client), @modelcontextprotocol/client 2.4.0,
#            @ai-sdk/mcp 2.0.99, express 5.3.0, node 24.21.0 (npm). Standards: RFC 7591 §2 (`token_endpoint_auth_method` is `client_secret_basic` if it
#            is omitted), RFC 8414 §2 (`token_endpoint_auth_methods_supported`).
# Guess:     a client that registers itself without naming a method, and gets a secret, authenticates with the secret: in the way that the metadata of the
#            server offers, or in the one that the standard has for this case. At the least the two official SDKs log in at each other.
# Behaviour: with its defaults, the SDK for Python never logs in at `mcpAuthRouter` of the SDK 1.x for TypeScript, and neither does FastMCP. The user
#            logs in and agrees, and then the token request has no secret: "Client secret is required". The response to the registration repeats
#            what was registered, so it names no method, and the SDK takes that for none. Each connection opens the login page again. The
#            clients of both SDKs for TypeScript and AI SDK choose a method from the metadata. It helps if the client registers with a method,
#            or if `registerClient` of the server adds one to its response.
# Output seen: sdk 1.x: works; sdk 2.x: works; ai-sdk: works; mcp for Python: login page, 400 Client secret is required; fastmcp: login page, 400 Client
#            secret is required; mcp for Python with client_secret_post: works; with a server that adds it: works; fastmcp there: works
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && cd "$work"
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT
echo 'Installing fastmcp 4.0.10 with mcp 2.3.0 and, from npm, the packages above'
python3 -m venv venv && venv/bin/pip install --quiet --retries 0 fastmcp==4.0.10 mcp==2.3.0 > install.log 2>&1
npm init -y >> install.log 2>&1
npm install --no-audit --no-fund @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/client@2.4.0 @ai-sdk/mcp@2.0.99 express@5.3.0 \
  node@24.21.0 >> install.log 2>&1
export PATH="$work/node_modules/node/bin:$PATH"
cat > server.mjs <<'JS'
// The authorization server and a minimal MCP server. The user is signed in. With `adds`, the response to a registration names a method.
import { randomUUID } from 'node:crypto'
import { InvalidGrantError, InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import { mcpAuthRouter } from '@modelcontextprotocol/sdk/server/auth/router.js'
import express from 'express'

const [clients, codes, refreshTokens, accessTokens] = [new Map(), new Map(), new Map(), new Map()]
const adds = process.argv[2] === 'adds'
const seen = []
const issue = (clientId) => {
  const [access_token, refresh_token] = [randomUUID(), randomUUID()]
  accessTokens.set(access_token, { token: access_token, clientId, scopes: [], expiresAt: Math.floor(Date.now() / 1000) + 3600 })
  refreshTokens.set(refresh_token, clientId)
  return { access_token, refresh_token, token_type: 'bearer', expires_in: 3600 }
}
const provider = {
  clientsStore: {
    getClient: (id) => clients.get(id),
    registerClient(registered) {
      const client = adds ? { token_endpoint_auth_method: 'client_secret_post', ...registered } : registered
      clients.set(client.client_id, client)
      return client
    },
  },
  async authorize(_client, { redirectUri, state, codeChallenge }, response) {
    seen.push('login page')
    const code = randomUUID()
    codes.set(code, codeChallenge)
    response.redirect(`${redirectUri}?${new URLSearchParams({ code, state: state ?? '' })}`)
  },
  challengeForAuthorizationCode: async (_client, code) => codes.get(code),
  exchangeAuthorizationCode: async ({ client_id }) => issue(client_id),
  async exchangeRefreshToken({ client_id }, token) {
    if (refreshTokens.get(token) !== client_id) throw new InvalidGrantError('unknown')
    return issue(client_id)
  },
  async verifyAccessToken(token) {
    if (!accessTokens.has(token)) throw new InvalidTokenError('unknown')
    return accessTokens.get(token)
  },
}
const app = express()
const server = app.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}`
  const resourceServerUrl = new URL(`${url}/mcp`)
  app.use('/token', (_request, response, next) => {
    const { json } = response
    response.json = (body) => {
      if (body.error !== undefined) seen.push(`${response.statusCode} ${body.error_description}`)
      return json.call(response, body)
    }
    next()
  })
  app.use(mcpAuthRouter({ provider, issuerUrl: new URL(url), resourceServerUrl }))
  // What has happened since the last request.
  app.get('/seen', (_request, response) => response.send(seen.splice(0).join(', ')))
  const resourceMetadataUrl = `${url}/.well-known/oauth-protected-resource/mcp`
  app.all('/mcp', requireBearerAuth({ verifier: provider, resourceMetadataUrl }), express.json(), ({ method: verb, body }, response) => {
    if (verb !== 'POST') return response.sendStatus(405)
    const { id, method } = body
    if (id === undefined) return response.sendStatus(202)
    const result = {
      initialize: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'notes', version: '1' } },
      'tools/list': { tools: [{ name: 'add', inputSchema: { type: 'object' } }] },
      'tools/call': { content: [{ type: 'text', text: 'done' }] },
    }[method]
    response.json({ jsonrpc: '2.0', id, ...(result ? { result } : { error: { code: -32601, message: 'unknown method' } }) })
  })
  console.log(url)
})
JS
cat > clients.mjs <<'JS'
import { auth, createMCPClient } from '@ai-sdk/mcp'
import * as second from '@modelcontextprotocol/client'
import * as first from '@modelcontextprotocol/sdk/client/index.js'
import * as http from '@modelcontextprotocol/sdk/client/streamableHttp.js'

const origin = process.argv[2]
const url = new URL('/mcp', origin)
const REDIRECT = 'http://127.0.0.1:9/callback'
/** A client that keeps everything in memory, and whose browser is a request. */
function createProvider() {
  const kept = {}
  return {
    redirectUrl: REDIRECT,
    clientMetadata: { redirect_uris: [REDIRECT], grant_types: ['authorization_code', 'refresh_token'] },
    clientInformation: () => kept.client,
    saveClientInformation: (client) => void (kept.client = client),
    tokens: () => kept.tokens,
    saveTokens: (tokens) => void (kept.tokens = tokens),
    codeVerifier: () => kept.verifier,
    saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
    state: () => 'state',
    storedState: () => 'state',
    async redirectToAuthorization(page) {
      const response = await fetch(page, { redirect: 'manual' })
      kept.code = new URL(response.headers.get('Location')).searchParams.get('code')
    },
    takeCode() {
      const { code } = kept
      delete kept.code
      return code
    },
  }
}
const sdk = ({ Client }, { StreamableHTTPClientTransport }) => async (authProvider) => {
  const transport = new StreamableHTTPClientTransport(url, { authProvider })
  const client = new Client({ name: 'client', version: '1' })
  const call = async () => {
    await client.connect(transport)
    await client.callTool({ name: 'add', arguments: {} })
  }
  return [call, (code) => transport.finishAuth(code)]
}
const aiSdk = async (authProvider) => {
  const call = async () => {
    const client = await createMCPClient({ transport: { type: 'http', url: url.href, authProvider } })
    const { add } = await client.tools()
    await add.execute({}, { messages: [], toolCallId: '1' })
  }
  return [call, (authorizationCode) => auth(authProvider, { serverUrl: url, authorizationCode, callbackState: 'state' })]
}
const clients = {
  'sdk 1.x': sdk(first, http),
  'sdk 2.x': sdk(second, second),
  'ai-sdk': aiSdk,
}
const seen = []
for (const [name, create] of Object.entries(clients)) {
  const provider = createProvider()
  const [call, finish] = await create(provider)
  await call().catch(() => {})
  await finish(provider.takeCode())
  const [again] = await create(provider)
  seen.push(`${name}: ${await again().then(() => 'works', () => 'fails')}`)
}
await fetch(new URL('/seen', origin))
console.log(seen.join('; '))
process.exit()
JS
cat > client.py <<'PY'
# Usage: client.py fastmcp|mcp URL [METHOD]
import asyncio, logging, sys, urllib.request, warnings
from urllib.parse import parse_qs, urlparse
import httpx2
from fastmcp import Client
from fastmcp.client.auth import OAuth
from key_value.aio.stores.memory import MemoryStore
from mcp import ClientSession
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientMetadata

logging.disable()
warnings.simplefilter("ignore")
kind, origin, *method = sys.argv[1:]
url = f"{origin}/mcp"
METHOD = {"token_endpoint_auth_method": method[0]} if method else {}

class Browser:
    async def open(self, page):
        async with httpx2.AsyncClient() as http: response = await http.get(page)
        query = parse_qs(urlparse(response.headers["Location"]).query)
        self.result = AuthorizationCodeResult(code=query["code"][0], state=query["state"][0])
    async def callback(self): return self.result

class Memory:
    async def get_tokens(self): return None
    async def set_tokens(self, tokens): pass
    async def get_client_info(self): return None
    async def set_client_info(self, info): pass

class Login(OAuth):
    browser = Browser()
    async def redirect_handler(self, page): await self.browser.open(page)
    async def callback_handler(self): return await self.browser.callback()

async def use_fastmcp():
    login = Login(token_storage=MemoryStore(), callback_port=9, additional_client_metadata=METHOD or None)
    async with Client(url, auth=login) as client: await client.call_tool("add", {})

async def use_mcp():
    browser = Browser()
    metadata = OAuthClientMetadata(redirect_uris=["http://127.0.0.1:9/callback"], **METHOD)
    provider = OAuthClientProvider(url, metadata, Memory(), browser.open, browser.callback)
    async with httpx2.AsyncClient(auth=provider) as http, streamable_http_client(url, http_client=http) as (read, write):
        async with ClientSession(read, write) as session:
            await session.initialize()
            await session.call_tool("add", {})

async def main():
    try:
        await {"fastmcp": use_fastmcp, "mcp": use_mcp}[kind]()
        result = "works"
    except BaseException: result = None
    seen = urllib.request.urlopen(origin + "/seen").read().decode()
    print(result or seen, end="")

asyncio.run(main())
PY
node server.mjs > origin 2> server.log &
node server.mjs adds > adds 2>> server.log &
until [ -s origin ] && [ -s adds ]; do sleep 0.1; done
use() { venv/bin/python client.py "$@" 2>> errors.log || true; }
seen="$(node clients.mjs "$(cat origin)" 2> errors.log); mcp for Python: $(use mcp "$(cat origin)"); fastmcp: $(use fastmcp "$(cat origin)")"
seen="$seen; mcp for Python with client_secret_post: $(use mcp "$(cat origin)" client_secret_post)"
seen="$seen; with a server that adds it: $(use mcp "$(cat adds)"); fastmcp there: $(use fastmcp "$(cat adds)")"
echo "$seen"
out='login page, 400 Client secret is required'
[ "$seen" = "sdk 1.x: works; sdk 2.x: works; ai-sdk: works; mcp for Python: $out; fastmcp: $out; mcp for Python with client_secret_post: works; \
with a server that adds it: works; fastmcp there: works" ] || { tail -n 20 errors.log server.log; echo 'This has changed.'; exit 1; }
