#!/usr/bin/env bash
# Versions: bun 1.4.5, deno 2.9.6 (npm). Standard: Fetch, Response class (a response without a body has nothing to consume).
# Guess:     A handler may return one constant response without a body, such as a 202, for every request: the responses are
#            the same each time, as on Deno.
# Behaviour: Bun.serve sends the status each time and the fields of the response with the first request only, although
#            `response.headers` still has them. Middleware that adds CORS to the constant loses it, too: a web page
#            can read the first response and none after it. With a body, the second request is a 500 that names the reason.
# Output seen: deno 202=yes 202=yes 202=yes, bun 202=yes 202=null 202=null
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
export DENO_DIR="$work/deno" DENO_NO_UPDATE_CHECK=1
echo 'Installing bun 1.4.5, deno 2.9.6'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund bun@1.4.5 deno@2.9.6 >> install.log 2>&1
cat > server.mjs <<'JS'
const ACCEPTED = new Response(null, { status: 202, headers: { 'X-Own': 'yes' } })
const handler = () => (ACCEPTED.headers.get('X-Own') === 'yes' ? ACCEPTED : new Response('lost', { status: 500 }))
const place = { port: 0, hostname: '127.0.0.1' }
const ask = async (port) => {
  const seen = []
  for (let count = 0; count < 3; count++) {
    const { status, headers } = await fetch(`http://127.0.0.1:${port}/`)
    seen.push(`${status}=${headers.get('X-Own')}`)
  }
  console.log(seen.join(' '))
  globalThis.process.exit(0)
}
if (globalThis.Bun) ask(Bun.serve({ ...place, fetch: handler }).port)
else Deno.serve({ ...place, onListen: ({ port }) => ask(port) }, handler)
JS
seen="deno $(node_modules/.bin/deno run --quiet --allow-net=127.0.0.1 server.mjs 2> /dev/null), bun $(node_modules/.bin/bun server.mjs)"
echo "$seen"
[ "$seen" = 'deno 202=yes 202=yes 202=yes, bun 202=yes 202=null 202=null' ] || { echo 'This has changed.'; exit 1; }
