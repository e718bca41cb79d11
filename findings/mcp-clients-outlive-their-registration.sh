#!/usr/bin/env bash
# Versions: mcp 2.3.0 and fastmcp 4.0.10 (PyPI, Python 3.11), @modelcontextprotocol/sdk 1.32.2 (server and client), @modelcontextprotocol/client 2.4.0,
#            @ai-sdk/mcp 2.0.99, express 5.3.0, node 24.21.0 (npm). Standards: RFC 7591 §3.2.1 (`client_secret_expires_at`), RFC 6749 §5.2
#            (`invalid_client`). Documentation of the server, `mcpAuthRouter` of the SDK 1.x: `clientSecretExpirySeconds`, 30 days by default.
# Guess:     a client that registers itself reads from the registration when its secret expires. After that, or at the latest at the
#            `invalid_client` of a refresh, it registers again, and its user logs in once more.
# Behaviour: two of five never do. On day 31 the SDK for Python opens the login page, the user logs in, and the call fails with "Client secret has
#            expired": so it is at each call and after each restart. AI SDK fails with the same text at each call, and opens no page, unless
#            the provider has an optional method, `isClientInformationDynamicallyRegistered`. Both stay so until the file with the registration
#            is deleted. The clients of both SDKs for TypeScript, and FastMCP, register again. A server with `clientSecretExpirySeconds: 0`, or
#            a client that registers with `token_endpoint_auth_method: "none"`, is not affected.
# Output seen, with three seconds in place of 30 days, as calls and then registrations/login pages:
#            sdk 1.x: before: works 1/1; after: works 1/1, works 0/0
#            sdk 2.x: before: works 1/1; after: works 1/1, works 0/0
#            ai-sdk: before: works 1/1; after: fails 0/0, fails 0/0
#            ai-sdk with the method: before: works 1/1; after: works 1/1, works 0/0
#            fastmcp: before: works 1/1; after: works 1/1, works 0/0
#            mcp for Python: before: works 1/1; after: fails 0/1, fails 0/1; restarted: fails 0/1; file deleted: works 1/1
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
// The authorization server and a minimal MCP server. The user is signed in. Access tokens live until the secret has expired.
import { randomUUID } from 'node:crypto'
import { InvalidGrantError, InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import { mcpAuthRouter } from '@modelcontextprotocol/sdk/server/auth/router.js'
import express from 'express'

const [clients, codes, refreshTokens, accessTokens] = [new Map(), new Map(), new Map(), new Map()]
const count = { registrations: 0, pages: 0 }
const issue = (clientId) => {
  const [access_token, refresh_token] = [randomUUID(), randomUUID()]
  accessTokens.set(access_token, { token: access_token, clientId, scopes: [], expiresAt: Math.floor(Date.now() / 1000) + 2 })
  refreshTokens.set(refresh_token, clientId)
  return { access_token, refresh_token, token_type: 'bearer', expires_in: 2 }
}
const provider = {
  clientsStore: {
    getClient: (id) => clients.get(id),
    registerClient(client) {
      count.registrations += 1
      clients.set(client.client_id, client)
      return client
    },
  },
  async authorize(_client, { redirectUri, state, codeChallenge }, response) {
    count.pages += 1
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
  const clientRegistrationOptions = { clientSecretExpirySeconds: 3, rateLimit: false }
  app.use(mcpAuthRouter({ provider, issuerUrl: new URL(url), resourceServerUrl, clientRegistrationOptions, tokenOptions: { rateLimit: false } }))
  // Returns what was counted since the last request.
  app.get('/count', (_request, response) => {
    response.send(`${count.registrations}/${count.pages}`)
    Object.assign(count, { registrations: 0, pages: 0 })
  })
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
function createProvider(more) {
  let kept = {}
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
    invalidateCredentials(scope) {
      if (scope === 'all') kept = {}
      else delete kept[scope]
    },
    async redirectToAuthorization(page) {
      const response = await fetch(page, { redirect: 'manual' })
      kept.code = new URL(response.headers.get('Location')).searchParams.get('code')
    },
    takeCode() {
      const { code } = kept
      delete kept.code
      return code
    },
    ...more,
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
  'ai-sdk with the method': aiSdk,
}
for (const [name, create] of Object.entries(clients)) {
  const provider = createProvider(name === 'ai-sdk with the method' && { isClientInformationDynamicallyRegistered: () => true })
  /** A call, and a second one if the first has led to a login. */
  const use = async () => {
    for (;;) {
      const [call, finish] = await create(provider)
      const failed = await call().then(() => false, () => true)
      const code = provider.takeCode()
      if (!failed || code === undefined) return `${failed ? 'fails' : 'works'} ${await (await fetch(new URL('/count', origin))).text()}`
      await finish(code)
    }
  }
  const before = await use()
  await new Promise((resolve) => setTimeout(resolve, 4500))
  console.log(`${name}: before: ${before}; after: ${await use()}, ${await use()}`)
}
process.exit()
JS
cat > client.py <<'PY'
# Usage: client.py fastmcp|mcp URL FILE
import asyncio, json, logging, os, sys, urllib.request, warnings
from urllib.parse import parse_qs, urlparse
import httpx2
from fastmcp import Client
from fastmcp.client.auth import OAuth
from key_value.aio.stores.memory import MemoryStore
from mcp import ClientSession
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken

logging.disable()
warnings.simplefilter("ignore")
kind, origin, file = sys.argv[1:]
url = f"{origin}/mcp"
METHOD = {"token_endpoint_auth_method": "client_secret_post"}

class Browser:
    async def open(self, page):
        async with httpx2.AsyncClient() as http: response = await http.get(page)
        query = parse_qs(urlparse(response.headers["Location"]).query)
        self.result = AuthorizationCodeResult(code=query["code"][0], state=query["state"][0])
    async def callback(self): return self.result

class File:
    def __init__(self): self.kept = json.load(open(file)) if os.path.exists(file) else {}
    def save(self, name, value):
        self.kept[name] = value.model_dump(mode="json", exclude_none=True)
        json.dump(self.kept, open(file, "w"))
    async def get_tokens(self): return OAuthToken(**self.kept["tokens"]) if "tokens" in self.kept else None
    async def set_tokens(self, tokens): self.save("tokens", tokens)
    async def clear_tokens(self): self.kept.pop("tokens", None)
    async def get_client_info(self): return OAuthClientInformationFull(**self.kept["client"]) if "client" in self.kept else None
    async def set_client_info(self, info): self.save("client", info)

class Login(OAuth):
    browser = Browser()
    async def redirect_handler(self, page): await self.browser.open(page)
    async def callback_handler(self): return await self.browser.callback()

store = MemoryStore()
async def use_fastmcp():
    login = Login(token_storage=store, callback_port=9, additional_client_metadata=METHOD)
    async with Client(url, auth=login) as client: await client.call_tool("add", {})

async def use_mcp():
    browser = Browser()
    metadata = OAuthClientMetadata(redirect_uris=["http://127.0.0.1:9/callback"], **METHOD)
    provider = OAuthClientProvider(url, metadata, File(), browser.open, browser.callback)
    async with httpx2.AsyncClient(auth=provider) as http, streamable_http_client(url, http_client=http) as (read, write):
        async with ClientSession(read, write) as session:
            await session.initialize()
            await session.call_tool("add", {})

async def use():
    try:
        await {"fastmcp": use_fastmcp, "mcp": use_mcp}[kind]()
        result = "works"
    except BaseException: result = "fails"
    return f"{result} {urllib.request.urlopen(origin + '/count').read().decode()}"

async def main():
    if os.path.exists(file): return print(await use(), end="")
    before = await use()
    if kind == "mcp" and os.path.exists("again"): return print(before, end="")
    await asyncio.sleep(4.5)
    print(f"before: {before}; after: {await use()}, {await use()}", end="")

asyncio.run(main())
PY
node server.mjs > origin 2> server.log &
until [ -s origin ]; do sleep 0.1; done
origin=$(cat origin)
node clients.mjs "$origin" > seen 2> errors.log || true
echo "fastmcp: $(venv/bin/python client.py fastmcp "$origin" none 2>> errors.log)" >> seen
first=$(venv/bin/python client.py mcp "$origin" kept 2>> errors.log)
restarted=$(venv/bin/python client.py mcp "$origin" kept 2>> errors.log)
rm -f kept && touch again
echo "mcp for Python: $first; restarted: $restarted; file deleted: $(venv/bin/python client.py mcp "$origin" kept 2>> errors.log)" >> seen
cat seen
good='before: works 1/1; after: works 1/1, works 0/0'
[ "$(cat seen)" = "sdk 1.x: $good
sdk 2.x: $good
ai-sdk: before: works 1/1; after: fails 0/0, fails 0/0
ai-sdk with the method: $good
fastmcp: $good
mcp for Python: before: works 1/1; after: fails 0/1, fails 0/1; restarted: fails 0/1; file deleted: works 1/1" ] || { tail -n 20 errors.log server.log; echo 'This has changed.'; exit 1; }
