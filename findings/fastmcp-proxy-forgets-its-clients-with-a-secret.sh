#!/usr/bin/env bash
# Versions: fastmcp 4.0.10 with mcp 2.3.0 (PyPI, Python 3.11), @modelcontextprotocol/client 2.4.0, node 24.21.0 (npm). Standards: RFC 6749 §2.3.1 (a
#            client secret authenticates a client at a token endpoint), RFC 7591. Documentation of FastMCP: `upstream_client_secret`;
#            `jwt_signing_key` ("if not provided, it will be derived from the upstream client secret").
# Guess:     the secret of the OAuth proxy at the server behind it is between these two. It is rotated every few months, or when it has leaked: the new one
#            is put into the configuration, the proxy starts again, and its users notice nothing, as after any other restart.
# Behaviour: the key that signs the proxy's own tokens and the name of the folder with its clients are derived from that secret. So every
#            access token is 401 and every refresh `invalid_client`, and all registered clients are unknown: each user logs in again at the same time.
#            The SDK for Python keeps its registration, so its user gets an error page in place of the login page, at each call, until the file with the
#            registration is deleted. The SDK 2.x and FastMCP register again. A `jwt_signing_key` of its own, from the first day on, avoids all of it; if it is
#            added later, that has the same effect once.
# Output seen: sdk 2.x: login page, works; restarted: works; new secret: login page, works; again: works
#              fastmcp: login page, works; restarted: works; new secret: login page, works; again: works
#              mcp for Python: login page, works; restarted: works; new secret: error page, fails; again: error page, fails
#              mcp for Python with jwt_signing_key: login page, works; restarted: works; new secret: works; again: works
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && cd "$work"
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT
echo 'Installing fastmcp 4.0.10 with mcp 2.3.0, @modelcontextprotocol/client 2.4.0 and node 24.21.0'
python3 -m venv venv && venv/bin/pip install --quiet --retries 0 fastmcp==4.0.10 mcp==2.3.0 > install.log 2>&1
npm init -y >> install.log 2>&1
npm install --no-audit --no-fund @modelcontextprotocol/client@2.4.0 node@24.21.0 >> install.log 2>&1
export PATH="$work/node_modules/node/bin:$PATH" FASTMCP_CHECK_FOR_UPDATES=off
cat > upstream.mjs <<'JS'
// The authorization server behind the proxy, with a user who is signed in.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://127.0.0.1')
  if (pathname === '/authorize') {
    const query = new URLSearchParams({ code: randomUUID(), state: searchParams.get('state') })
    return response.writeHead(302, { Location: `${searchParams.get('redirect_uri')}?${query}` }).end()
  }
  const tokens = { access_token: randomUUID(), token_type: 'Bearer', expires_in: 3600, refresh_token: 'a-refresh-token', scope: 'read' }
  response.setHeader('Content-Type', 'application/json').end(JSON.stringify(tokens))
}).listen(0, '127.0.0.1', () => console.log(server.address().port))
JS
cat > proxy.py <<'PY'
import sys
from fastmcp import FastMCP
from fastmcp.server.auth.oauth_proxy import OAuthProxy
from fastmcp.server.auth.providers.debug import DebugTokenVerifier

upstream, port, secret, *key = sys.argv[1:]
auth = OAuthProxy(
    upstream_authorization_endpoint=f"http://127.0.0.1:{upstream}/authorize",
    upstream_token_endpoint=f"http://127.0.0.1:{upstream}/token",
    upstream_client_id="proxy",
    upstream_client_secret=secret,
    token_verifier=DebugTokenVerifier(),
    base_url=f"http://127.0.0.1:{port}",
    require_authorization_consent=False,
    jwt_signing_key=key[0] if key else None,
)
server = FastMCP("notes", auth=auth)

@server.tool
def add() -> str: return "done"

server.run(transport="http", host="127.0.0.1", port=int(port), show_banner=False)
PY
cat > client.py <<'PY'
# One call of a client whose storage is the folder. Usage: client.py mcp|fastmcp PORT FOLDER
import asyncio, json, logging, pathlib, sys, warnings, webbrowser
from urllib.parse import parse_qs, urljoin, urlparse
import httpx2
from fastmcp import Client
from fastmcp.client.auth import OAuth
from key_value.aio.stores.filetree import FileTreeStore, FileTreeV1CollectionSanitizationStrategy, FileTreeV1KeySanitizationStrategy
from mcp import ClientSession
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken

logging.disable()
warnings.simplefilter("ignore")
kind, port, folder = sys.argv[1:]
url = f"http://127.0.0.1:{port}/mcp"
CALLBACK = "http://localhost:9/callback"
path = pathlib.Path(folder)
path.mkdir(exist_ok=True)
pages = []

class Browser:
    """A browser whose user is signed in."""
    def open(self, page):
        with httpx2.Client() as http:
            response = http.get(page)
            if response.status_code == 400: return pages.append("error page")
            pages.append("login page")
            while not response.headers["Location"].startswith(CALLBACK): response = http.get(urljoin(page, response.headers["Location"]))
        query = parse_qs(urlparse(response.headers["Location"]).query)
        self.result = AuthorizationCodeResult(code=query["code"][0], state=query["state"][0], iss=query.get("iss", [None])[0])
    async def redirect(self, page): self.open(page)
    async def callback(self): return self.result
browser = Browser()

class Folder:
    def load(self, name, model): return model.model_validate_json((path / name).read_text()) if (path / name).exists() else None
    async def get_tokens(self): return self.load("tokens", OAuthToken)
    async def set_tokens(self, tokens): (path / "tokens").write_text(tokens.model_dump_json())
    async def clear_tokens(self): (path / "tokens").unlink(missing_ok=True)
    async def get_client_info(self): return self.load("client", OAuthClientInformationFull)
    async def set_client_info(self, info): (path / "client").write_text(info.model_dump_json())

class Login(OAuth):
    async def callback_handler(self): return await browser.callback()

async def use_fastmcp():
    webbrowser.open = browser.open
    keys, collections = FileTreeV1KeySanitizationStrategy(path), FileTreeV1CollectionSanitizationStrategy(path)
    store = FileTreeStore(data_directory=path, key_sanitization_strategy=keys, collection_sanitization_strategy=collections)
    async with Client(url, auth=Login(token_storage=store, callback_port=9)) as client: await client.call_tool("add", {})

async def use_mcp():
    metadata = OAuthClientMetadata(redirect_uris=[CALLBACK], token_endpoint_auth_method="none")
    async with httpx2.AsyncClient(auth=OAuthClientProvider(url, metadata, Folder(), browser.redirect, browser.callback)) as http:
        async with streamable_http_client(url, http_client=http) as (read, write), ClientSession(read, write) as session:
            await session.initialize()
            await session.call_tool("add", {})

try:
    asyncio.run({"fastmcp": use_fastmcp, "mcp": use_mcp}[kind]())
    pages.append("works")
except BaseException: pages.append("fails")
print(", ".join(pages), end="")
PY
cat > client.mjs <<'JS'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'

const [port, file] = process.argv.slice(2)
const REDIRECT = 'http://localhost:9/callback'
const kept = existsSync(file) ? JSON.parse(readFileSync(file)) : {}
const save = (name) => (value) => {
  kept[name] = value
  writeFileSync(file, JSON.stringify(kept))
}
const pages = []
let back
const authProvider = {
  redirectUrl: REDIRECT,
  clientMetadata: { redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token'] },
  clientInformation: () => kept.client,
  saveClientInformation: save('client'),
  tokens: () => kept.tokens,
  saveTokens: save('tokens'),
  codeVerifier: () => kept.verifier,
  saveCodeVerifier: save('verifier'),
  invalidateCredentials: (scope) => (scope === 'all' ? ['client', 'tokens'] : [scope]).forEach((name) => save(name)(undefined)),
  async redirectToAuthorization(page) {
    const jar = new Map()
    let next = page.href
    while (!next.startsWith(REDIRECT)) {
      const cookie = [...jar].map((pair) => pair.join('=')).join('; ')
      const response = await fetch(next, { redirect: 'manual', headers: { cookie } })
      if (response.status === 400) return void pages.push('error page')
      for (const each of response.headers.getSetCookie()) jar.set(...each.split(';')[0].split('='))
      next = new URL(response.headers.get('Location'), next).href
    }
    pages.push('login page')
    back = new URL(next).searchParams
  },
}
const call = async () => {
  const client = new Client({ name: 'client', version: '1' })
  const transport = new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp`), { authProvider })
  const failed = await client.connect(transport).then(() => client.callTool({ name: 'add', arguments: {} })).then(() => false, () => true)
  return [failed, transport]
}
let [failed, transport] = await call()
if (failed && back !== undefined) {
  await transport.finishAuth(back.get('code'), back.get('iss') ?? undefined)
  ;[failed] = await call()
}
console.log([...pages, failed ? 'fails' : 'works'].join(', '))
process.exit()
JS
node upstream.mjs > upstream &
until [ -s upstream ]; do sleep 0.1; done
free() { node -e "require('net').createServer().listen(0,'127.0.0.1',function(){console.log(this.address().port);this.close()})"; }
# Runs four calls of a client, the proxy before each of them with these secrets. Usage: run NAME COMMAND [JWT_SIGNING_KEY]
run() {
  local port secret proxy line=''
  port=$(free)
  export FASTMCP_HOME="$work/home-$port"
  for step in ':one' '; restarted:one' '; new secret:two' '; again:two'; do
    secret="the secret of the proxy, number ${step##*:}"
    venv/bin/python proxy.py "$(cat upstream)" "$port" "$secret" "${@:3}" > proxy.log 2>&1 &
    proxy=$!
    until curl -s -o body "http://127.0.0.1:$port/"; do sleep 0.1; done
    line="$line${step%%:*}: $($2 "$port" "kept-$port" 2>> errors.log || true)"
    kill $proxy
    wait $proxy 2>> errors.log || true
  done
  echo "$1$line"
}
mcp() { venv/bin/python client.py mcp "$@"; }
fastmcp() { venv/bin/python client.py fastmcp "$@"; }
sdk() { node client.mjs "$@"; }
{
  run 'sdk 2.x' sdk
  run fastmcp fastmcp
  run 'mcp for Python' mcp
  run 'mcp for Python with jwt_signing_key' mcp 'a key of this script, long enough for a signature'
} > seen
cat seen
good='login page, works; restarted: works; new secret: login page, works; again: works'
[ "$(cat seen)" = "sdk 2.x: $good
fastmcp: $good
mcp for Python: login page, works; restarted: works; new secret: error page, fails; again: error page, fails
mcp for Python with jwt_signing_key: login page, works; restarted: works; new secret: works; again: works" ] || { tail -n 30 errors.log proxy.log; echo 'This has changed.'; exit 1; }
