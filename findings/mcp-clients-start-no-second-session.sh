#!/usr/bin/env bash
# Versions: @modelcontextprotocol/sdk 1.32.2, @modelcontextprotocol/client 2.4.0, @ai-sdk/mcp 2.0.99, @langchain/mcp-adapters 1.1.4,
#            @openai/agents 0.20.0, @mastra/mcp 2.0.0, node 24.21.0 (npm). Standard: MCP 2025-11-25, Streamable HTTP, Session Management
#            (a client that receives 404 for its session must start a new one with an InitializeRequest without a session id).
# Guess:     a server that is restarted, and forgets its sessions, answers 404, and its clients go on with a new session: at the
#            latest the second call after the restart works.
# Behaviour: none of these six starts a new session. Five send the old id for as long as the process lives, so a deployment
#            of the server disables every tool until the application is restarted. @ai-sdk/mcp drops the id and sends the
#            next call without one and without `initialize`, which a server with sessions rejects with 400.
# Output seen: sdk 1.x: old id 404, old id 404; sdk 2.x: old id 404, old id 404; ai-sdk: old id 404, no id 400; langchain: old id 404, old id 404
#              openai-agents: old id 404, old id 404; mastra: old id 404, old id 404
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing the two SDKs, @ai-sdk/mcp, @langchain/mcp-adapters, @openai/agents, @mastra/mcp and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund node@24.21.0 @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/client@2.4.0 @ai-sdk/mcp@2.0.99 \
  @langchain/mcp-adapters@1.1.4 @langchain/core@1.4.0 @openai/agents@0.20.0 @mastra/mcp@2.0.0 @mastra/core@1.71.0 zod@4.6.7 >> install.log 2>&1
cat > restart.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import * as ai from '@ai-sdk/mcp'
import { MultiServerMCPClient } from '@langchain/mcp-adapters'
import { MCPClient } from '@mastra/mcp'
import * as second from '@modelcontextprotocol/client'
import * as first from '@modelcontextprotocol/sdk/client/index.js'
import * as http from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { MCPServerStreamableHttp } from '@openai/agents'

console.error = () => {}
const sessions = new Set()
let log = []
let count = 0
const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString()
  const { method, id, params } = body === '' ? {} : JSON.parse(body)
  const session = request.headers['mcp-session-id']
  const send = (status, result, fields) => {
    if (request.method === 'POST') log.push(`${method === 'tools/call' ? '' : `${method} `}${session ? (sessions.has(session) ? 'known' : 'old') : 'no'} id ${status}`)
    response.writeHead(status, { 'Content-Type': 'application/json', ...fields })
    response.end(status === 200 ? JSON.stringify({ jsonrpc: '2.0', id, result }) : '')
  }
  if (method === 'initialize') {
    sessions.add(`${++count}`)
    const info = { capabilities: { tools: {} }, serverInfo: { name: 'notes', version: '1' } }
    return send(200, { protocolVersion: params.protocolVersion, ...info }, { 'Mcp-Session-Id': `${count}` })
  }
  if (session === undefined) return send(400)
  if (!sessions.has(session)) return send(404)
  if (request.method !== 'POST') return send(405)
  if (id === undefined) return send(202)
  const tools = [{ name: 'add', inputSchema: { type: 'object', properties: {} } }]
  send(200, method === 'tools/list' ? { tools } : { content: [{ type: 'text', text: 'done' }] })
})
await once(server.listen(0, '127.0.0.1'), 'listening')
const url = `http://127.0.0.1:${server.address().port}/mcp`
const sdk = ({ Client }, { StreamableHTTPClientTransport }) => async () => {
  const client = new Client({ name: 'client', version: '1' })
  await client.connect(new StreamableHTTPClientTransport(new URL(url)))
  return () => client.callTool({ name: 'add', arguments: {} })
}
const clients = {
  'sdk 1.x': sdk(first, http),
  'sdk 2.x': sdk(second, second),
  'ai-sdk': async () => {
    const { add } = await (await ai.createMCPClient({ transport: { type: 'http', url } })).tools()
    return () => add.execute({}, { messages: [], toolCallId: '1' })
  },
  langchain: async () => {
    const [add] = await new MultiServerMCPClient({ mcpServers: { notes: { transport: 'http', url } } }).getTools()
    return () => add.invoke({})
  },
  'openai-agents': async () => {
    const notes = new MCPServerStreamableHttp({ name: 'notes', url })
    await notes.connect()
    return () => notes.callTool('add', {})
  },
  mastra: async () => {
    const { notes_add: add } = await new MCPClient({ servers: { notes: { url: new URL(url) } } }).listTools()
    return () => add.execute({}, {})
  },
}
const seen = []
for (const [name, connect] of Object.entries(clients)) {
  const call = await connect()
  await call()
  sessions.clear()
  log = []
  for (let time = 0; time < 2; time += 1) await Promise.resolve(call()).catch(() => {})
  seen.push(`${name}: ${log.join(', ')}`)
}
console.log(seen.join('; '))
process.exit()
JS
seen=$(node_modules/.bin/node restart.mjs 2> errors.log | tail -n 1) || cat errors.log
echo 'Guess:     old id 404, initialize no id 200, known id 200, for each of them.'
echo "Behaviour: $seen"
same='old id 404, old id 404'
[ "$seen" = "sdk 1.x: $same; sdk 2.x: $same; ai-sdk: old id 404, no id 400; langchain: $same; openai-agents: $same; mastra: $same" ] \
  || { echo 'This has changed.'; exit 1; }
