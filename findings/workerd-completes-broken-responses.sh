#!/usr/bin/env bash
# Versions: miniflare 4.20260730.0 with its workerd, node 24.21.0 (npm). Standard: RFC 9112 §8 (an incomplete message),
#            Fetch §4.7 (a broken body errors its stream).
# Guess:     A Worker that returns the response of `fetch` passes on its end: where the server breaks off, the connection to
#            the client is broken off too, as every HTTP proxy must do so that a part is not taken for the whole.
# Behaviour: Only a body with Content-Length is broken off, and only while the native stream is passed on. A body in chunks
#            gets its last chunk, and the client takes the part for a complete response. So does a body with
#            Content-Length that went through a ReadableStream of the Worker, although its reader rejects: the field is
#            replaced by chunks. An event stream that broke looks like one that ended.
# Output seen: chunked=complete length=aborted chunked-stream=complete length-stream=complete
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
export TMPDIR="$work"
echo 'Installing miniflare 4.20260730.0, node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund miniflare@4.20260730.0 node@24.21.0 >> install.log 2>&1
cat > main.mjs <<'JS'
import { once } from 'node:events'
import { createServer, get } from 'node:http'
import { Miniflare } from 'miniflare'
const server = createServer((req, res) => {
  res.writeHead(200, req.url.startsWith('/length') ? { 'Content-Length': 100 } : {}).write('part')
  setTimeout(() => res.destroy(), 300)
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const script = `export default {
  async fetch(request) {
    const path = new URL(request.url).pathname
    const response = await fetch('http://127.0.0.1:${server.address().port}' + path)
    if (!path.endsWith('-stream')) return response
    const reader = response.body.getReader()
    const body = new ReadableStream({
      async pull(controller) {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      },
    })
    return new Response(body, response)
  },
}`
const miniflare = new Miniflare({
  cf: false,
  workers: [{ name: 'proxy', modules: true, script, compatibilityDate: '2026-06-01', unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] }],
})
const { origin } = await miniflare.unsafeGetDirectURL('proxy')
const seen = []
for (const kind of ['chunked', 'length', 'chunked-stream', 'length-stream']) {
  const [response] = await once(get(`${origin}/${kind}`, { agent: false }), 'response')
  const end = await response.toArray().then(() => 'complete', () => 'aborted')
  seen.push(`${kind}=${end}`)
}
console.log(seen.join(' '))
await miniflare.dispose()
process.exit()
JS
seen=$(node_modules/.bin/node main.mjs 2> errors.log)
echo "$seen"
[ "$seen" = 'chunked=complete length=aborted chunked-stream=complete length-stream=complete' ] || { echo 'This has changed.'; exit 1; }
