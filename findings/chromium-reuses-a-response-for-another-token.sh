#!/usr/bin/env bash
# Versions: Chromium 156.0.8078.108 (Debian 12), node 24.21.0 and playwright-core 1.65.1 (npm).
#            Standard: RFC 9111 §3.5 and §4.1, Fetch §4.6 (HTTP cache).
# Guess:     an API that answers `Cache-Control: private, max-age=60` is safe with bearer tokens in a browser: the response
#            to a request with `Authorization` is not reused for one with another token, and surely not for one without.
# Behaviour: Chromium reuses it for both. The key of its cache holds no header field, and §3.5 binds shared caches only. So
#            a page that logs its user out and another in shows the first one's data. `Vary: Authorization` prevents it.
#            A 403 with max-age is reused in the same way, and hides that a step-up succeeded; a 401 is not reused.
# Output seen: 200: alice alice alice; 200 with Vary: alice bob none; 403: alice alice alice; 401: alice bob none
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
command -v chromium > /dev/null || { echo 'This needs Chromium: apt-get install chromium'; exit 2; }
unshare -rn ip link set lo up 2> /dev/null || { echo 'This needs Linux with user namespaces, and apt-get install util-linux iproute2'; exit 2; }
chromium --version 2> /dev/null
echo 'Installing node 24.21.0 and playwright-core 1.65.1'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund node@24.21.0 playwright-core@1.65.1 >> install.log 2>&1
cat > page.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { chromium } from 'playwright-core'

const server = createServer((req, res) => {
  const { searchParams } = new URL(req.url, 'http://localhost')
  res.setHeader('Cache-Control', 'private, max-age=60')
  if (searchParams.has('vary')) res.setHeader('Vary', 'Authorization')
  res.writeHead(Number(searchParams.get('status') ?? 200), { 'Content-Type': 'text/plain' })
  res.end(req.headers.authorization?.replace('Bearer ', '') ?? 'none')
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
const page = await browser.newPage()
await page.goto(`http://127.0.0.1:${server.address().port}/`)
const ask = (query) => page.evaluate(async (url) => {
  const seen = []
  for (const token of ['alice', 'bob', undefined]) {
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }
    seen.push(await (await fetch(url, { headers })).text())
  }
  return seen.join(' ')
}, `/report?${query}`)
console.log(
  `200: ${await ask('status=200')}; 200 with Vary: ${await ask('vary')}; ` +
    `403: ${await ask('status=403')}; 401: ${await ask('status=401')}`,
)
await browser.close()
server.close()
JS
# In a network with loopback only, because the browser calls its maker.
seen=$(HOME="$work" PATH="$work/node_modules/.bin:$PATH" unshare -rn sh -c 'ip link set lo up && exec node page.mjs')
echo "$seen"
[ "$seen" = '200: alice alice alice; 200 with Vary: alice bob none; 403: alice alice alice; 401: alice bob none' ] || { echo 'This has changed.'; exit 1; }
