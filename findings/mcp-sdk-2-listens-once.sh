#!/usr/bin/env bash
# Versions: @modelcontextprotocol/client 2.4.0, @modelcontextprotocol/server 2.4.0, node 24.21.0 (npm). Standards: MCP 2025-11-25, Streamable
#            HTTP (the GET stream); MCP 2026-07-28, Subscriptions (`subscriptions/listen`) and Caching (`ttlMs`).
# Guess:     `listChanged` is one option for both revisions, so a stream that ends, with its token, a deployment or the idle limit of a proxy,
#            costs the notifications of a second: on 2025-11-25 the client opens its GET stream again, on 2026-07-28 its `subscriptions/listen`.
# Behaviour: on 2026-07-28 it listens once. When that stream has ended, no handler is called any more, and nothing goes to `onerror`.
#            `listTools()` answers from its cache for the `ttlMs` of the server, because only a notification removes the entry: a new tool
#            stays invisible, without a request. An application has to await `autoOpenedSubscription.closed` and call `listen()` itself. The
#            documentation of `listen()` says so, that of `listChanged` does not.
# Output seen: 2025-11-25: open: notified read,write; ended: notified read,write,delete, list read,write,delete; errors 0
#              2026-07-28: open: notified read,write; ended: notified nothing, list read,write without a request; errors 0; listen(): notified read,write,delete,move
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing @modelcontextprotocol/client and /server 2.4.0 and node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund @modelcontextprotocol/client@2.4.0 \
  @modelcontextprotocol/server@2.4.0 node@24.21.0 >> install.log 2>&1
cat > listen.mjs <<'JS'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { createMcpHandler, McpServer, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server'

const create = () =>
  new McpServer({ name: 'notes', version: '1.0.0' }, { cacheHints: { 'tools/list': { ttlMs: 3_600_000, cacheScope: 'private' } } })
const register = (server, name) => server.registerTool(name, { description: name }, () => ({ content: [] }))

const servers = {
  async '2025-11-25'() {
    const server = create()
    const transport = new WebStandardStreamableHTTPServerTransport({ sessionIdGenerator: randomUUID })
    register(server, 'read')
    await server.connect(transport)
    return { mode: 'legacy', serve: (request) => transport.handleRequest(request), add: (name) => register(server, name) }
  },
  async '2026-07-28'() {
    const names = ['read']
    const handler = createMcpHandler(() => {
      const server = create()
      for (const name of names) register(server, name)
      return server
    })
    return { mode: 'auto', serve: (request) => handler.fetch(request), add: (name) => (names.push(name), handler.notify.toolsChanged()) }
  },
}
for (const [revision, start] of Object.entries(servers)) {
  const { mode, serve, add } = await start()
  const streams = new Set()
  let lists = 0
  const http = createServer(async (request, response) => {
    const { method, headers } = request
    const body = Buffer.concat(await request.toArray()).toString()
    if (body.includes('"tools/list"')) lists++
    const served = await serve(new Request('http://127.0.0.1/mcp', { method, headers, ...(method === 'POST' && { body }) }))
    response.writeHead(served.status, Object.fromEntries(served.headers)).flushHeaders()
    if (method === 'GET' || body.includes('subscriptions/listen')) streams.add(response)
    const reader = served.body?.getReader()
    response.on('close', () => reader?.cancel().catch(() => {}))
    for (;;) {
      const { done, value } = (await reader?.read().catch(() => undefined)) ?? { done: true }
      if (done) break
      response.write(value)
    }
    response.end()
  })
  await once(http.listen(0, '127.0.0.1'), 'listening')
  let notified = 'nothing'
  let errors = 0
  const onChanged = (_error, tools) => void (notified = tools.map(({ name }) => name).join())
  const client = new Client({ name: 'app', version: '1.0.0' }, { versionNegotiation: { mode }, listChanged: { tools: { onChanged } } })
  client.onerror = () => errors++
  await client.connect(new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${http.address().port}/mcp`)))
  if (client.getNegotiatedProtocolVersion() !== revision) throw new Error('another revision')
  const list = async () => {
    const before = lists
    const { tools } = await client.listTools()
    return `${tools.map(({ name }) => name).join()}${lists === before ? ' without a request' : ''}`
  }
  await list()
  await setTimeout(500)
  add('write')
  await setTimeout(1000)
  const open = notified
  notified = 'nothing'
  for (const stream of streams) stream.end()
  await setTimeout(3000)
  add('delete')
  await setTimeout(1000)
  const ended = `ended: notified ${notified}, list ${await list()}; errors ${errors}`
  let again = ''
  if (mode === 'auto') {
    await client.autoOpenedSubscription.closed
    await client.listen({ toolsListChanged: true })
    add('move')
    await setTimeout(1000)
    again = `; listen(): notified ${notified}`
  }
  console.log(`${revision}: open: notified ${open}; ${ended}${again}`)
}
process.exit()
JS
seen=$(node_modules/.bin/node listen.mjs 2> errors.log) || { cat errors.log; exit 1; }
echo "$seen"
[ "$seen" = '2025-11-25: open: notified read,write; ended: notified read,write,delete, list read,write,delete; errors 0
2026-07-28: open: notified read,write; ended: notified nothing, list read,write without a request; errors 0; listen(): notified read,write,delete,move' ] || { echo 'This has changed.'; exit 1; }
