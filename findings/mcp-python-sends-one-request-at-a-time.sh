#!/usr/bin/env bash
# Versions: mcp 2.3.0 (PyPI, Python 3.11), bun 1.4.5 (npm). Standards: MCP 2025-11-25, Streamable HTTP (a client may have several
#            streams at a time; a server may respond with JSON), Cancellation. Source of the SDK: `mcp/client/auth/oauth2.py`.
# Guess:     the OAuth provider serialises logins and refreshes. With a good token in its storage, requests run as they do with
#            a static `Authorization` header: calls in parallel, beside the GET stream, and a cancellation overtakes its call.
# Behaviour: the provider keeps its lock until the head of the response. Where a server responds with JSON, which has its head
#            when the call is done, three calls take the time of three, and the cancellation of a call arrives after the call.
#            Where a server holds the head of a silent GET stream back, as Bun.serve does until the first event, the session
#            stops: no call is sent, each ends at the caller's limit, and neither side logs anything. With the same token in a
#            static header all of this works, so a test without OAuth never shows it, and the cause looks like a slow server.
# Output seen: header: json parallel, cancelled early, silent GET: 3 of 3 calls
#              oauth: json one by one, cancelled late, silent GET: 0 of 3 calls
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && cd "$work"
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT
echo 'Installing mcp 2.3.0, bun 1.4.5'
python3 -m venv venv && venv/bin/pip install --quiet --retries 0 mcp==2.3.0 > install.log 2>&1
npm init -y >> install.log 2>&1 && npm install --no-audit --no-fund bun@1.4.5 >> install.log 2>&1
cat > server.mjs <<'JS'
// A server with a session, which responds with JSON. /silent has a GET stream without events; /json has none.
const results = {
  initialize: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } },
  'tools/list': { tools: [{ name: 'wait', inputSchema: { type: 'object' } }] },
  'tools/call': { content: [{ type: 'text', text: 'done' }] },
}
let running = 0
let most = 0
let cancelled = 'never'
const { port } = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  idleTimeout: 120,
  async fetch(request) {
    const { pathname } = new URL(request.url)
    if (pathname === '/facts') return Response.json({ most, cancelled })
    if (request.method === 'GET' && pathname === '/silent') {
      return new Response(new ReadableStream({ pull: () => new Promise(() => {}) }), { headers: { 'Content-Type': 'text/event-stream' } })
    }
    if (request.method !== 'POST') return new Response(null, { status: 405 })
    const { id, method } = await request.json()
    if (method === 'notifications/cancelled') cancelled = running > 0 ? 'early' : 'late'
    if (id === undefined) return new Response(null, { status: 202 })
    if (method === 'tools/call') {
      most = Math.max(most, ++running)
      await Bun.sleep(1000)
      running--
    }
    return Response.json({ jsonrpc: '2.0', id, result: results[method] }, { headers: { 'Mcp-Session-Id': 's' } })
  },
})
console.log(port)
JS
cat > client.py <<'PY'
import asyncio, json, os, sys, urllib.request
import httpx2
from mcp import ClientSession
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientMetadata, OAuthToken

kind, port = sys.argv[1:]
base = f"http://127.0.0.1:{port}"

class Storage:
    async def get_tokens(self): return OAuthToken(access_token="token", expires_in=3600)
    async def get_client_info(self): return None

def client(url):
    if kind == "header": return httpx2.AsyncClient(headers={"Authorization": "Bearer token"}, timeout=60)
    metadata = OAuthClientMetadata(redirect_uris=["http://127.0.0.1:9/callback"])
    return httpx2.AsyncClient(auth=OAuthClientProvider(url, metadata, Storage()), timeout=60)

async def use(path, work):
    async with client(base + path) as http, streamable_http_client(base + path, http_client=http) as (read, write):
        async with ClientSession(read, write) as session:
            await session.initialize()
            await asyncio.sleep(0.5)
            return await work(session)

async def three(session):
    calls = (asyncio.wait_for(session.call_tool("wait", {}), 8) for _ in range(3))
    results = await asyncio.gather(*calls, return_exceptions=True)
    return sum(not isinstance(each, BaseException) for each in results)

async def cancelled(session):
    await three(session)
    call = asyncio.create_task(session.call_tool("wait", {}))
    await asyncio.sleep(0.3)
    call.cancel()
    await asyncio.sleep(2)

async def main():
    await use("/json", cancelled)
    facts = json.loads(urllib.request.urlopen(base + "/facts").read())
    order = "parallel" if facts["most"] == 3 else "one by one"
    async def silent(session):
        done = await three(session)
        print(f"{kind}: json {order}, cancelled {facts['cancelled']}, silent GET: {done} of 3 calls", flush=True)
        os._exit(0)
    await use("/silent", silent)

asyncio.run(main())
PY
for kind in header oauth; do
  node_modules/.bin/bun run server.mjs > "$kind.port" &
  while [ ! -s "$kind.port" ]; do sleep 0.1; done
  timeout 60 venv/bin/python client.py "$kind" "$(cat "$kind.port")" 2> "$kind.log" >> seen
done
cat seen
expected='header: json parallel, cancelled early, silent GET: 3 of 3 calls
oauth: json one by one, cancelled late, silent GET: 0 of 3 calls'
[ "$(cat seen)" = "$expected" ] || { echo 'This has changed.'; exit 1; }
