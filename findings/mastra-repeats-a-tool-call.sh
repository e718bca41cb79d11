#!/usr/bin/env bash
# Versions: @mastra/mcp 2.0.0 with @mastra/core 1.71.0, @modelcontextprotocol/client 2.4.0, @ai-sdk/mcp 2.0.99, @langchain/mcp-adapters 1.1.4,
#            @openai/agents 0.20.0, @google/adk 2.0.0, @modelcontextprotocol/sdk 1.32.2 as the server, node 24.21.0 (npm). Standards: RFC 9110 §9.2.2 (a
#            POST is not repeated automatically unless the client knows that it is idempotent); MCP, tool annotations (`idempotentHint`, false by default).
# Guess:     a tool call whose server process ends before the response is an error: the tool may have run. Frameworks that reconnect by themselves do so
#            for the next call. The model, which reads the error, or the user decides whether to call again.
# Behaviour: Mastra reconnects and sends the call again, once, as part of the same call. In a rolling restart the new process runs the tool a second time:
#            two payments, one successful call. Neither the model nor `onToolError` learns of the first one, and `idempotentHint: false` changes
#            nothing. The reason is the text of the error, "fetch failed", which says that the connection broke and not when. No option turns
#            it off. The other five report an error. Where the server responds with an event stream, its head arrives before the tool has run, and
#            Mastra does not repeat the call.
# Output seen, with a server that responds with JSON: sdk 2.x: call fails, paid 1 times; ai-sdk: call fails, paid 1 times; langchain: call fails, paid 1
#            times; openai-agents: call fails, paid 1 times; google-adk: call fails, paid 1 times; mastra: call succeeds, paid 2 times
#            with event streams: mastra: call fails, paid 1 times
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing the packages above'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund --legacy-peer-deps --ignore-scripts @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/client@2.4.0 \
  @ai-sdk/mcp@2.0.99 @langchain/mcp-adapters@1.1.4 @langchain/core@1.4.0 @langchain/langgraph@1.7.3 @openai/agents@0.20.0 @mastra/mcp@2.0.0 \
  @mastra/core@1.71.0 @google/adk@2.0.0 zod@4.6.7 >> install.log 2>&1
npm install --no-audit --no-fund --legacy-peer-deps node@24.21.0 >> install.log 2>&1
cat > server.mjs <<'JS'
// One tool that pays, by a line in the ledger, and then takes two seconds. Two processes can listen at the port, as in a rolling restart. The old
// one stops listening, and gives its calls a while.
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'

const [port, kind] = process.argv.slice(2)
const http = createServer(async (request, response) => {
  if (request.method !== 'POST') return response.writeHead(405).end()
  const server = new McpServer({ name: 'bank', version: '1' })
  server.registerTool('pay', { description: 'Pays.', inputSchema: {}, annotations: { idempotentHint: false } }, async () => {
    appendFileSync('ledger', 'paid\n')
    await setTimeout(2000)
    return { content: [{ type: 'text', text: 'paid' }] }
  })
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: kind === 'json' })
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
import { createMCPClient } from '@ai-sdk/mcp'
import { MCPToolset } from '@google/adk'
import { MultiServerMCPClient } from '@langchain/mcp-adapters'
import { MCPClient } from '@mastra/mcp'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { MCPServerStreamableHttp } from '@openai/agents'

const [, , name, url] = process.argv
console.error = console.warn = () => {}
const clients = {
  'sdk 2.x': async () => {
    const client = new Client({ name: 'client', version: '1' })
    await client.connect(new StreamableHTTPClientTransport(new URL(url)))
    return () => client.callTool({ name: 'pay', arguments: {} })
  },
  'ai-sdk': async () => {
    const client = await createMCPClient({ transport: { type: 'http', url } })
    const { pay } = await client.tools()
    return () => pay.execute({}, { messages: [], toolCallId: '1' })
  },
  langchain: async () => {
    const client = new MultiServerMCPClient({ mcpServers: { bank: { transport: 'http', url } } })
    const [pay] = await client.getTools()
    return () => pay.invoke({})
  },
  'openai-agents': async () => {
    const bank = new MCPServerStreamableHttp({ name: 'bank', url, timeout: 10_000 })
    await bank.connect()
    return () => bank.callTool('pay', {})
  },
  'google-adk': async () => {
    const [pay] = await new MCPToolset({ type: 'StreamableHTTPConnectionParams', url }).getTools()
    return () => pay.runAsync({ args: {}, toolContext: {} })
  },
  mastra: async () => {
    const client = new MCPClient({ servers: { bank: { url: new URL(url), timeout: 10_000 } } })
    const { bank_pay: pay } = await client.listTools()
    return () => pay.execute({}, {})
  },
}
const call = await clients[name]()
const succeeds = (result) => JSON.stringify(result).includes('"paid"') || result === 'paid'
process.send((await call().then(succeeds, () => false)) ? 'succeeds' : 'fails')
process.exit()
JS
cat > drive.mjs <<'JS'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'

const probe = createServer()
await once(probe.listen(0, '127.0.0.1'), 'listening')
const { port } = probe.address()
probe.close()
const stdio = ['ignore', 'ignore', 'inherit', 'ipc']
const start = async (kind) => {
  const child = fork('server.mjs', [port, kind], { stdio })
  await once(child, 'message')
  return child
}
const run = async (name, kind) => {
  rmSync('ledger', { force: true })
  const old = await start(kind)
  const client = fork('client.mjs', [name, `http://127.0.0.1:${port}/mcp`], { stdio })
  const end = once(client, 'message')
  while (!existsSync('ledger')) await setTimeout(20)
  const next = await start(kind)
  old.kill()
  const [result] = await end
  const times = readFileSync('ledger', 'utf8').length / 5
  next.kill()
  await once(next, 'close')
  return `${name}: call ${result}, paid ${times} times`
}
const seen = []
for (const name of ['sdk 2.x', 'ai-sdk', 'langchain', 'openai-agents', 'google-adk', 'mastra']) seen.push(await run(name, 'json'))
console.log(seen.join('; '))
console.log(`with event streams: ${await run('mastra', 'stream')}`)
process.exit()
JS
# In a network with loopback only: some of these may send statistics.
seen=$(PATH="$work/node_modules/.bin:$PATH" unshare -rn sh -c 'ip link set lo up && exec timeout 120 node drive.mjs' 2> errors.log) || tail -n 20 errors.log
echo "$seen"
once='call fails, paid 1 times'
expected="sdk 2.x: $once; ai-sdk: $once; langchain: $once; openai-agents: $once; google-adk: $once; mastra: call succeeds, paid 2 times
with event streams: mastra: $once"
[ "$seen" = "$expected" ] || { echo 'This has changed.'; exit 1; }
