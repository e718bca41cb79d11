#!/usr/bin/env bash
# Versions: deno 2.9.6, bun 1.4.5, node 24.21.0, @modelcontextprotocol/client 2.4.0, @modelcontextprotocol/sdk 1.32.2 as the server (npm).
#            Standards: RFC 9110 §9.2.2 (a user agent does not repeat a request automatically unless its method is idempotent), Fetch.
# Guess:     a tool call whose server process ends before the response is an error of `fetch`, as on Node and on Bun: the tool may have run. The
#            client sends it again only if its program, or its user, decides so.
# Behaviour: Deno sends it again by itself, once, on a new connection. In a rolling restart, where the next process listens already, that one
#            runs the tool a second time, and the client gets its result: two payments, one successful call, and no error anywhere. It
#            happens on connections that have served a request before, as in an MCP session after `initialize`, so a test with a
#            single request does not show it. Other methods are repeated, too. A body that is a stream is not, and nothing is after the head of
#            the response, such as that of an event stream. `Deno.createHttpClient({ poolMaxIdlePerHost: 0 })` avoids it.
# Output seen: node: call fails, tool ran 1 times; bun: call fails, tool ran 1 times; deno: call succeeds, tool ran 2 times
#              plain fetch on deno, as requests seen: fresh POST 1, reused POST 2, reused PATCH 2, reused DELETE 2, reused POST of a stream 1, reused POST whose head arrived 1, POST without a pool 1
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing the SDKs, deno 2.9.6, bun 1.4.5 and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/client@2.4.0 zod@4.6.7 deno@2.9.6 bun@1.4.5 \
  node@24.21.0 >> install.log 2>&1
cat > server.mjs <<'JS'
// One tool that pays, by a line in the ledger, and then takes five seconds. Two processes can listen at the port, as in a rolling restart. The old
// one stops listening, and gives its calls a while.
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'

const [port, ledger] = process.argv.slice(2)
const http = createServer(async (request, response) => {
  if (request.method !== 'POST') return response.writeHead(405).end()
  const server = new McpServer({ name: 'bank', version: '1' })
  server.registerTool('pay', { inputSchema: {} }, async () => {
    appendFileSync(ledger, 'paid\n')
    await setTimeout(5000)
    return { content: [{ type: 'text', text: 'paid' }] }
  })
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true })
  await server.connect(transport)
  await transport.handleRequest(request, response)
})
http.listen({ port: Number(port), host: '127.0.0.1', reusePort: true }, () => process.send('listening'))
process.once('SIGTERM', async () => {
  http.close()
  await setTimeout(500)
  process.exit()
})
JS
cat > client.mjs <<'JS'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'

const client = new Client({ name: 'client', version: '1' })
await client.connect(new StreamableHTTPClientTransport(new URL(process.env.SERVER)))
// As long as a model thinks.
await new Promise((resolve) => setTimeout(resolve, 1000))
const end = await client.callTool({ name: 'pay', arguments: {} }).then(({ content }) => content[0].text === 'paid' && 'succeeds', () => 'fails')
console.log(`call ${end}`)
JS
cat > plain.mjs <<'JS'
const server = process.env.SERVER
const single = Deno.createHttpClient({ poolMaxIdlePerHost: 0 })
const send = async (path, method, body, client) => await (await fetch(server + path, { method, body, client })).text().catch(() => '')
const seen = []
for (const [name, reused, method, body, client] of [
  ['fresh POST', false, 'POST', 'x'],
  ['reused POST', true, 'POST', 'x'],
  ['reused PATCH', true, 'PATCH', 'x'],
  ['reused DELETE', true, 'DELETE', undefined],
  ['reused POST of a stream', true, 'POST', new Blob(['x']).stream()],
  ['reused POST whose head arrived', true, 'POST', 'x'],
  ['POST without a pool', true, 'POST', 'x', single],
]) {
  if (reused) await send('/up', 'GET', undefined, client)
  const path = `/${seen.length}${name.endsWith('arrived') ? 'head' : ''}`
  await send(path, method, body, client).catch(() => '')
  seen.push([name, path])
}
for (const one of seen) one[1] = await send(`/times${one[1]}`, 'GET')
console.log(seen.map((one) => one.join(' ')).join(', '))
JS
cat > drive.mjs <<'JS'
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'

const start = async (port) => {
  const child = fork('server.mjs', [port, 'ledger'])
  process.on('exit', () => child.kill('SIGKILL'))
  await once(child, 'message')
  return child
}
const run = (command, url) => {
  const child = spawn(command[0], command.slice(1), { env: { ...process.env, SERVER: url }, stdio: ['ignore', 'pipe', 'inherit'] })
  const output = child.stdout.setEncoding('utf8').toArray()
  return once(child, 'close').then(async () => (await output).join('').trim())
}
const probe = createServer()
await once(probe.listen(0, '127.0.0.1'), 'listening')
const { port } = probe.address()
probe.close()
const seen = []
for (const [name, ...command] of [['node', 'node', 'client.mjs'], ['bun', 'bun', 'client.mjs'], ['deno', 'deno', 'run', '--no-config', '--node-modules-dir=manual', '-A', 'client.mjs']]) {
  rmSync('ledger', { force: true })
  const old = await start(port)
  const end = run(command, `http://127.0.0.1:${port}/`)
  while (!existsSync('ledger')) await setTimeout(20)
  const next = await start(port)
  old.kill()
  seen.push(`${name}: ${await end}, tool ran ${readFileSync('ledger', 'utf8').length / 5} times`)
  next.kill()
  await once(next, 'close')
}
console.log(seen.join('; '))

const times = new Map()
const server = createServer(async (request, response) => {
  await request.toArray()
  if (request.url === '/up') return response.end()
  if (request.url.startsWith('/times')) return response.end(`${times.get(request.url.slice(6))}`)
  times.set(request.url, (times.get(request.url) ?? 0) + 1)
  if (!request.url.endsWith('head')) return request.socket.destroy()
  response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write(':\n\n', () => request.socket.destroy())
})
await once(server.listen(0, '127.0.0.1'), 'listening')
const plain = ['deno', 'run', '--no-config', '--node-modules-dir=manual', '-A', 'plain.mjs']
console.log(`plain fetch on deno, as requests seen: ${await run(plain, `http://127.0.0.1:${server.address().port}`)}`)
process.exit()
JS
export PATH="$work/node_modules/.bin:$PATH" DENO_DIR="$work/deno" DENO_NO_UPDATE_CHECK=1 BUN_RUNTIME_TRANSPILER_CACHE_PATH=0
seen=$(node drive.mjs 2> errors.log) || { cat errors.log; exit 1; }
printf 'Guess:     the call fails, and the tool ran once.\nBehaviour:\n%s\n' "$seen"
[ "$seen" = 'node: call fails, tool ran 1 times; bun: call fails, tool ran 1 times; deno: call succeeds, tool ran 2 times
plain fetch on deno, as requests seen: fresh POST 1, reused POST 2, reused PATCH 2, reused DELETE 2, reused POST of a stream 1, reused POST whose head arrived 1, POST without a pool 1' ] || { echo 'This has changed.'; exit 1; }
