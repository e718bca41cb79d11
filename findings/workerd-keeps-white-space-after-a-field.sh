#!/usr/bin/env bash
# Versions: miniflare 4.20260730.0 with its workerd, node 24.21.0 (npm). Standard: RFC 9110 §5.5 (a field value excludes the white
#            space around it; a parser removes it), Fetch §2.2.2 (a header value neither begins nor ends with white space).
# Guess:     `request.headers.get()` never ends in white space, on Workers as on Node: the parser of HTTP removes it, and a
#            `Headers` object cannot contain it, because `set` and `append` normalise values.
# Behaviour: workerd removes the white space before an incoming value and keeps that after it, in `get()`, in copies by
#            `new Headers(request.headers)`, and between values that it joins. Only values that JavaScript sets are normalised.
#            `Authorization: Bearer abc ` (a secret with a blank at its end) differs from `Bearer abc`, and a comparison with
#            a list of origins or with a session id fails on Workers alone.
# Output seen: node="Bearer abc" workerd="Bearer abc  " copied="Bearer abc  " joined="1 , 2 " set="Bearer abc"
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
export TMPDIR="$work"
echo 'Installing miniflare 4.20260730.0, node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund miniflare@4.20260730.0 node@24.21.0 >> install.log 2>&1
cat > main.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { Miniflare } from 'miniflare'
const script = `export default {
  fetch({ headers }) {
    const made = new Headers()
    made.set('authorization', 'Bearer abc  ')
    return Response.json({
      workerd: headers.get('authorization'),
      copied: new Headers(headers).get('authorization'),
      joined: headers.get('x-list'),
      set: made.get('authorization'),
    })
  },
}`
const miniflare = new Miniflare({
  cf: false,
  workers: [{ name: 'fields', modules: true, script, compatibilityDate: '2026-06-01', unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] }],
})
const { port } = await miniflare.unsafeGetDirectURL('fields')
const server = createServer((req, res) => res.end(JSON.stringify({ node: req.headers.authorization }))).listen(0, '127.0.0.1')
await once(server, 'listening')
async function ask(at) {
  const socket = connect(Number(at), '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: a.example\r\nAuthorization:   Bearer abc  \r\nX-List: 1 \r\nX-List: 2 \r\nConnection: close\r\n\r\n')
  const text = Buffer.concat(await socket.toArray()).toString()
  return JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1))
}
const seen = { ...(await ask(server.address().port)), ...(await ask(port)) }
console.log(Object.entries(seen).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(' '))
await miniflare.dispose()
process.exit()
JS
seen=$(node_modules/.bin/node main.mjs 2> errors.log)
echo "$seen"
[ "$seen" = 'node="Bearer abc" workerd="Bearer abc  " copied="Bearer abc  " joined="1 , 2 " set="Bearer abc"' ] || { echo 'This has changed.'; exit 1; }
