#!/usr/bin/env bash
# Versions: node 24.21.0, bun 1.4.5, deno 2.9.6, miniflare 4.20260730.0 (npm). Standard: Fetch §4.4 (handle content codings).
# Guess:     `fetch` decodes the codings of RFC 9110 §8.4.1 (gzip, deflate), br and zstd, and the response says by its
#            Content-Encoding whether the body still is encoded. All server runtimes do the same.
# Behaviour: Content-Encoding stays in both cases, so nothing in a response says whether its body was decoded. Only a
#            lower-case "gzip" and "br" are decoded everywhere. Deno and workerd return deflate and zstd as sent, workerd also
#            GZIP. "gzip, br" is decoded by Node alone, "gzip, identity" by Bun alone. A proxy that passes on fields and body
#            of a response, or removes the field, sends a body that its client cannot read, on another runtime each time.
# Output seen, D for decoded, the field is there in each case:
#            node    gzip=D GZIP=D br=D deflate=D zstd=D gzip,br=D gzip,identity=-
#            bun     gzip=D GZIP=D br=D deflate=D zstd=D gzip,br=- gzip,identity=D
#            deno    gzip=D GZIP=D br=D deflate=- zstd=- gzip,br=- gzip,identity=-
#            workerd gzip=D GZIP=- br=D deflate=- zstd=- gzip,br=- gzip,identity=-
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && cd "$work"
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT
export TMPDIR="$work"
export DENO_DIR="$work/deno" DENO_NO_UPDATE_CHECK=1
echo 'Installing node 24.21.0, bun 1.4.5, deno 2.9.6, miniflare 4.20260730.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund node@24.21.0 bun@1.4.5 deno@2.9.6 miniflare@4.20260730.0 >> install.log 2>&1
export PATH="$work/node_modules/.bin:$PATH"
cat > server.mjs <<'JS'
import { createServer } from 'node:http'
import { brotliCompressSync as br, deflateSync as deflate, gzipSync as gzip, zstdCompressSync as zstd } from 'node:zlib'
const text = Buffer.from('plain '.repeat(50))
const bodies = {
  gzip: gzip(text), GZIP: gzip(text), br: br(text), deflate: deflate(text), zstd: zstd(text),
  'gzip,br': br(gzip(text)), 'gzip,identity': gzip(text),
}
const server = createServer((req, res) => {
  const coding = decodeURIComponent(req.url.slice(1))
  res.writeHead(200, { 'Content-Encoding': coding, 'Content-Length': bodies[coding].length }).end(bodies[coding])
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
JS
cat > client.mjs <<'JS'
export async function run(port) {
  const seen = []
  for (const coding of ['gzip', 'GZIP', 'br', 'deflate', 'zstd', 'gzip,br', 'gzip,identity']) {
    const url = `http://127.0.0.1:${port}/${encodeURIComponent(coding)}`
    const response = await fetch(url, { headers: { 'Accept-Encoding': 'identity, *;q=0' } })
    const field = response.headers.get('Content-Encoding') === coding ? '' : '(no field)'
    const isDecoded = (await response.text()).startsWith('plain ')
    seen.push(`${coding}=${isDecoded ? 'D' : '-'}${field}`)
  }
  return seen.join(' ')
}
JS
cat > main.mjs <<'JS'
import { run } from './client.mjs'
console.log(await run((globalThis.Deno?.args ?? process.argv.slice(2))[0]))
JS
cat > workerd.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { Miniflare } from 'miniflare'
const handler = `\nexport default { fetch: async () => new Response(await run(${process.argv[2]})) }`
const script = readFileSync('client.mjs', 'utf8') + handler
const miniflare = new Miniflare({ cf: false, modules: true, script, compatibilityDate: '2026-06-01' })
console.log(await (await miniflare.dispatchFetch('http://worker.invalid/')).text())
await miniflare.dispose()
JS
node server.mjs > server.port &
while [ ! -s server.port ]; do sleep 0.1; done
port=$(cat server.port)
seen=$(
  printf 'node    %s\n' "$(node main.mjs "$port")"
  printf 'bun     %s\n' "$(bun run main.mjs "$port")"
  printf 'deno    %s\n' "$(deno run --quiet --no-lock --allow-net main.mjs "$port")"
  printf 'workerd %s\n' "$(node workerd.mjs "$port")"
)
echo "$seen"
[ "$seen" = 'node    gzip=D GZIP=D br=D deflate=D zstd=D gzip,br=D gzip,identity=-
bun     gzip=D GZIP=D br=D deflate=D zstd=D gzip,br=- gzip,identity=D
deno    gzip=D GZIP=D br=D deflate=- zstd=- gzip,br=- gzip,identity=-
workerd gzip=D GZIP=- br=D deflate=- zstd=- gzip,br=- gzip,identity=-' ] || { echo 'This has changed.'; exit 1; }
