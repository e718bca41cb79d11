#!/usr/bin/env bash
# Versions: deno 2.9.6 (npm). Standards: Fetch (a request has a URL), URL §4.5 (serialising), RFC 9112 §3.2.
# Guess:     `request.url` in a handler of `Deno.serve` is a serialised URL, as everywhere in Fetch: dot segments resolved,
#            `new URL(request.url).href === request.url`.
# Behaviour: it is the scheme and the Host field with the request target as it was sent. Two parts of one program that route
#            by the text and by `new URL(request.url).pathname` see two different paths in one request.
# Output seen: url: http://host/a/../b; pathname: /b; equal: false
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
export DENO_DIR="$work/deno" DENO_NO_UPDATE_CHECK=1
echo 'Installing deno 2.9.6'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund deno@2.9.6 >> install.log 2>&1
cat > server.ts <<'TS'
const server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen() {} }, ({ url }) => {
  const { pathname, href } = new URL(url)
  return new Response(`url: ${url}; pathname: ${pathname}; equal: ${href === url}`)
})
const connection = await Deno.connect({ hostname: '127.0.0.1', port: server.addr.port })
const head = 'GET /a/../b HTTP/1.1\r\nHost: host\r\nConnection: close\r\n\r\n'
await connection.write(new TextEncoder().encode(head))
console.log((await new Response(connection.readable).text()).split('\r\n\r\n')[1])
await server.shutdown()
TS
seen=$(node_modules/.bin/deno run --no-prompt --allow-net=127.0.0.1 server.ts)
echo "$seen"
[ "$seen" = 'url: http://host/a/../b; pathname: /b; equal: false' ] || { echo 'This has changed.'; exit 1; }
