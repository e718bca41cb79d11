#!/usr/bin/env bash
# Versions: node 24.21.0 (npm). Documentation: node:stream, `readable.readableDidRead`; node:http, `IncomingMessage`.
# Guess:     `readableDidRead` says whether a request's body was consumed, so middleware can tell that another read it.
# Behaviour: it stays false when an empty body is read to its end, though `readableEnded` and `destroyed` are true: the
#            flag is about data, not about reading. Middleware that then waits for the body waits forever.
# Output seen: empty: didRead=false ended=true destroyed=true; five bytes: didRead=true ended=true destroyed=true
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund node@24.21.0 >> install.log 2>&1
cat > server.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'

const server = createServer(async (req, res) => {
  for await (const _chunk of req) {
  }
  res.end(`didRead=${req.readableDidRead} ended=${req.readableEnded} destroyed=${req.destroyed}`)
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${server.address().port}/`
const post = async (body) => (await fetch(url, { method: 'POST', body })).text()
console.log(`empty: ${await post('')}; five bytes: ${await post('hello')}`)
server.close()
JS
seen=$(PATH="$work/node_modules/.bin:$PATH" node server.mjs)
echo "$seen"
[ "$seen" = 'empty: didRead=false ended=true destroyed=true; five bytes: didRead=true ended=true destroyed=true' ] || { echo 'This has changed.'; exit 1; }
