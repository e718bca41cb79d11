#!/usr/bin/env bash
# Versions: Chromium 156.0.8078.108 and Firefox 153.8.0esr (Debian 12), node 24.21.0, puppeteer-core 25.16.0, @modelcontextprotocol/client 2.4.0,
#            @modelcontextprotocol/sdk 1.32.2 as the server, esbuild 0.28.2, zod 4.6.7 (npm). Standards: RFC 9110 §9.2.2 (no automatic
#            repetition unless the method is idempotent), Fetch (a new connection where a reused one turned out to be closed).
# Guess:     a page that calls a tool sends one POST. If its server closes the connection before a response, `fetch` fails: the tool may have
#            run, and whether it runs again is decided by the program, or by the user.
# Behaviour: both browsers send the POST again by themselves, once, on a new connection, if the connection had served a request before, as in
#            every session after `initialize`. So a call that a rolling restart cuts off runs a second time, at the next process, and the
#            page gets the result of the second run: two payments, one successful call. Nothing is sent again after the head of the response
#            has come: a server that answers with an event stream, as that of the SDK does unless `enableJsonResponse` is set, sends it before
#            the tool runs. Node's `fetch` does not repeat, and neither does WebKitGTK 2.50.
# Output seen: node: call fails, tool ran 1 times
#              chromium: call succeeds, tool ran 2 times
#              firefox: call succeeds, tool ran 2 times
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
for program in chromium firefox-esr; do
  command -v $program > /dev/null || { echo "This needs $program: apt-get install $program"; exit 2; }
done
unshare -rn ip link set lo up 2> /dev/null || { echo 'This needs Linux with user namespaces, and apt-get install util-linux iproute2'; exit 2; }
chromium --version 2> /dev/null
firefox-esr --version
echo 'Installing node 24.21.0, puppeteer-core 25.16.0, esbuild 0.28.2 and the MCP SDKs'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund node@24.21.0 puppeteer-core@25.16.0 esbuild@0.28.2 zod@4.6.7 @modelcontextprotocol/client@2.4.0 \
  @modelcontextprotocol/sdk@1.32.2 >> install.log 2>&1
cat > client.ts <<'JS'
// Calls the tool once, in a page or on Node.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'

globalThis.pay = async (url) => {
  const client = new Client({ name: 'shop', version: '1.0.0' })
  await client.connect(new StreamableHTTPClientTransport(new URL(url)))
  return client.callTool({ name: 'pay', arguments: {} }).then(() => 'call succeeds', () => 'call fails')
}
JS
node_modules/.bin/esbuild client.ts --bundle --format=iife --log-level=error --outfile=client.js
cat > server.mjs <<'JS'
// One tool that pays, by a line in the ledger. Its first run takes longer than a rolling restart: the process stops listening, the next one
// listens at the same port, and the first one is ended with its open connections.
import { appendFileSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'

const [port, ledger] = process.argv.slice(2)
const http = createServer(async (req, res) => {
  if (req.url === '/') return res.setHeader('Content-Type', 'text/html').end('<!doctype html><script src="/client.js"></script>')
  if (req.url === '/client.js') return res.setHeader('Content-Type', 'text/javascript').end(readFileSync('client.js'))
  if (req.method !== 'POST') return res.writeHead(405).end()
  const mcp = new McpServer({ name: 'shop', version: '1.0.0' })
  mcp.registerTool('pay', {}, () => {
    appendFileSync(ledger, 'paid\n')
    if (readFileSync(ledger, 'utf8') !== 'paid\n') return { content: [] }
    http.close()
    console.log('leaving')
    return new Promise(() => {})
  })
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true })
  await mcp.connect(transport)
  await transport.handleRequest(req, res)
})
http.listen(Number(port), '127.0.0.1', () => console.log('listening'))
JS
cat > run.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import puppeteer from 'puppeteer-core'
import './client.js'

const inBrowser = (options) => async (url) => {
  const browser = await puppeteer.launch(options)
  const page = await browser.newPage()
  await page.goto(new URL('/', url).href)
  const outcome = await page.evaluate((url) => globalThis.pay(url), url)
  await browser.close()
  return outcome
}
const clients = {
  node: globalThis.pay,
  chromium: inBrowser({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] }),
  firefox: inBrowser({ browser: 'firefox', executablePath: '/usr/bin/firefox-esr' }),
}
let port = 8100
for (const [name, pay] of Object.entries(clients)) {
  const ledger = `ledger-${name}`
  writeFileSync(ledger, '')
  port += 1
  const start = async () => {
    const child = spawn('node', ['server.mjs', port, ledger], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    return child
  }
  const first = await start()
  const second = once(first.stdout, 'data').then(start)
  second.then(() => first.kill())
  const outcome = await pay(`http://127.0.0.1:${port}/mcp`)
  const runs = readFileSync(ledger, 'utf8').split('\n').length - 1
  console.log(`${name}: ${outcome}, tool ran ${runs} times`)
  const last = await second
  last.kill()
}
process.exit()
JS
# In a network with loopback only, because the browsers call their makers.
seen=$(HOME="$work" PATH="$work/node_modules/.bin:$PATH" unshare -rn sh -c 'ip link set lo up && exec node run.mjs')
echo "$seen"
[ "$seen" = 'node: call fails, tool ran 1 times
chromium: call succeeds, tool ran 2 times
firefox: call succeeds, tool ran 2 times' ] || { echo 'This has changed.'; exit 1; }
