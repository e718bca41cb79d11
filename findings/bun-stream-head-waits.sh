#!/usr/bin/env bash
# Versions: bun 1.4.5, deno 2.9.6, node 24.21.0 (npm). Standard: RFC 9112 §6, HTML §9.2 (server-sent events: "open").
# Guess:     A server sends the head of a response whose body is a stream when the handler returns it, as Deno does. An
#            EventSource is then open, and the reader waits for the first event.
# Behaviour: Bun.serve keeps the head until the stream has its first byte, whatever the stream is: a default one, one of
#            type "direct" that is flushed, or one whose first chunk is empty. An MCP client that opens its GET stream sees
#            no response until the server's first notification, and a proxy in front ends the request with its own limit for
#            the head. A comment (":\n\n") as the first chunk sends it.
# Output seen: deno default=early, bun default=late direct=late empty=late comment=early
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && cd "$work"
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT
export DENO_DIR="$work/deno" DENO_NO_UPDATE_CHECK=1
echo 'Installing bun 1.4.5, deno 2.9.6, node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund bun@1.4.5 deno@2.9.6 node@24.21.0 >> install.log 2>&1
export PATH="$work/node_modules/.bin:$PATH"
cat > server.mjs <<'JS'
const text = new TextEncoder()
const later = () => new Promise((resolve) => setTimeout(resolve, 1500))
const pull = async (to) => (await later(), to.enqueue(text.encode('data: 1\n\n')))
const first = (chunk) => new ReadableStream({ start: (to) => to.enqueue(chunk), pull })
const streams = {
  default: () => new ReadableStream({ pull }),
  direct: () => new ReadableStream({ type: 'direct', pull: async (to) => (await to.flush(), await later(), to.write('data: 1\n\n')) }),
  empty: () => first(new Uint8Array()),
  comment: () => first(text.encode(':\n\n')),
}
const headers = { 'Content-Type': 'text/event-stream' }
const handler = (request) => new Response(streams[new URL(request.url).pathname.slice(1)](), { headers })
const place = { port: 0, hostname: '127.0.0.1' }
if (globalThis.Bun) console.log(Bun.serve({ ...place, fetch: handler }).port)
else Deno.serve({ ...place, onListen: ({ port }) => console.log(port) }, handler)
JS
cat > client.mjs <<'JS'
import { request } from 'node:http'
const [port, ...kinds] = process.argv.slice(2)
const seen = []
for (const kind of kinds) {
  const started = performance.now()
  const response = await new Promise((resolve) => request({ host: '127.0.0.1', port, path: `/${kind}` }, resolve).end())
  seen.push(`${kind}=${performance.now() - started < 1000 ? 'early' : 'late'}`)
  response.on('error', () => {}).destroy()
}
console.log(seen.join(' '))
JS
deno run --quiet --no-lock --allow-net server.mjs > deno.port & bun run server.mjs > bun.port &
while [ ! -s deno.port ] || [ ! -s bun.port ]; do sleep 0.1; done
seen="deno $(node client.mjs "$(cat deno.port)" default), bun $(node client.mjs "$(cat bun.port)" default direct empty comment)"
echo "$seen"
[ "$seen" = 'deno default=early, bun default=late direct=late empty=late comment=early' ] || { echo 'This has changed.'; exit 1; }
