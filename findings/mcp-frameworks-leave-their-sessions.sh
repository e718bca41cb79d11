#!/usr/bin/env bash
# Versions: @modelcontextprotocol/sdk 1.32.2, @modelcontextprotocol/client 2.4.0, @ai-sdk/mcp 2.0.99, @langchain/mcp-adapters 1.1.4,
#            @openai/agents 0.20.0, @mastra/mcp 2.0.0, @strands-agents/sdk 1.19.0, @google/adk 2.0.0, node 24.21.0 (npm). Standard: MCP 2025-11-25,
#            Streamable HTTP, Session Management (a client that no longer needs a session should send DELETE).
# Guess:     `close()` or `disconnect()` ends the session at the server. A framework that begins a session for each call ends it after the call.
# Behaviour: six of eight leave the session at the server, which has to keep it until a limit of its own. In the SDKs only a call of
#            `terminateSession()` sends DELETE. Google ADK begins a session for each call, and leaves each: a server without a limit
#            keeps as many sessions as there were calls. AI SDK and OpenAI Agents send DELETE.
# Output seen, after three calls and the end, as sessions begun / left:
#            sdk 1.x: 1/1; sdk 2.x: 1/1; langchain: 1/1; mastra: 1/1; strands: 1/1; google-adk: 4/4; ai-sdk: 1/0; openai-agents: 1/0
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
unshare -rn ip link set lo up 2> /dev/null || { echo 'This needs Linux with user namespaces, and apt-get install util-linux iproute2'; exit 2; }
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing the two SDKs, six frameworks and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund --legacy-peer-deps --ignore-scripts @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/client@2.4.0 \
  @ai-sdk/mcp@2.0.99 @langchain/mcp-adapters@1.1.4 @langchain/core@1.4.0 @langchain/langgraph@1.7.3 @openai/agents@0.20.0 @mastra/mcp@2.0.0 \
  @mastra/core@1.71.0 @strands-agents/sdk@1.19.0 @google/adk@2.0.0 zod@4.6.7 >> install.log 2>&1
npm install --no-audit --no-fund --legacy-peer-deps node@24.21.0 >> install.log 2>&1
cat > sessions.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { createMCPClient } from '@ai-sdk/mcp'
import { MCPToolset } from '@google/adk'
import { MultiServerMCPClient } from '@langchain/mcp-adapters'
import { MCPClient } from '@mastra/mcp'
import * as second from '@modelcontextprotocol/client'
import * as first from '@modelcontextprotocol/sdk/client/index.js'
import * as http from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { MCPServerStreamableHttp } from '@openai/agents'
import { McpClient } from '@strands-agents/sdk'

console.error = console.warn = () => {}
const sessions = new Set()
let begun = 0
const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString()
  const { method, id, params } = body === '' ? {} : JSON.parse(body)
  const session = request.headers['mcp-session-id']
  const send = (status, result, fields) =>
    response.writeHead(status, { 'Content-Type': 'application/json', ...fields }).end(status === 200 ? JSON.stringify({ jsonrpc: '2.0', id, result }) : '')
  if (method === 'initialize') {
    sessions.add(`${++begun}`)
    const info = { capabilities: { tools: {} }, serverInfo: { name: 'notes', version: '1' } }
    return send(200, { protocolVersion: params.protocolVersion, ...info }, { 'Mcp-Session-Id': `${begun}` })
  }
  if (session === undefined) return send(400)
  if (!sessions.has(session)) return send(404)
  if (request.method === 'DELETE') return sessions.delete(session), send(204)
  if (request.method === 'GET') return response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write(':\n\n')
  if (id === undefined) return send(202)
  const tools = [{ name: 'add', description: 'Adds.', inputSchema: { type: 'object', properties: {} } }]
  send(200, method === 'tools/list' ? { tools } : { content: [{ type: 'text', text: 'done' }] })
})
await once(server.listen(0, '127.0.0.1'), 'listening')
const url = `http://127.0.0.1:${server.address().port}/mcp`
const sdk = ({ Client }, { StreamableHTTPClientTransport }) => async () => {
  const client = new Client({ name: 'client', version: '1' })
  await client.connect(new StreamableHTTPClientTransport(new URL(url)))
  return [() => client.callTool({ name: 'add', arguments: {} }), () => client.close()]
}
/** Each gives a call and the documented end. */
const clients = {
  'sdk 1.x': sdk(first, http),
  'sdk 2.x': sdk(second, second),
  langchain: async () => {
    const client = new MultiServerMCPClient({ mcpServers: { notes: { transport: 'http', url } } })
    const [add] = await client.getTools()
    return [() => add.invoke({}), () => client.close()]
  },
  mastra: async () => {
    const client = new MCPClient({ servers: { notes: { url: new URL(url) } } })
    const { notes_add: add } = await client.listTools()
    return [() => add.execute({}, {}), () => client.disconnect()]
  },
  strands: async () => {
    const client = new McpClient({ transport: new http.StreamableHTTPClientTransport(new URL(url)) })
    const [add] = await client.listTools()
    return [() => client.callTool(add, {}), () => client.disconnect()]
  },
  'google-adk': async () => {
    const toolset = new MCPToolset({ type: 'StreamableHTTPConnectionParams', url })
    const [add] = await toolset.getTools()
    return [() => add.runAsync({ args: {}, toolContext: {} }), () => toolset.close()]
  },
  'ai-sdk': async () => {
    const client = await createMCPClient({ transport: { type: 'http', url } })
    const { add } = await client.tools()
    return [() => add.execute({}, { messages: [], toolCallId: '1' }), () => client.close()]
  },
  'openai-agents': async () => {
    const notes = new MCPServerStreamableHttp({ name: 'notes', url })
    await notes.connect()
    return [() => notes.callTool('add', {}), () => notes.close()]
  },
}
const seen = []
for (const [name, connect] of Object.entries(clients)) {
  sessions.clear()
  begun = 0
  const [call, end] = await connect()
  for (let time = 0; time < 3; time += 1) await call()
  await setTimeout(500)
  await end()
  await setTimeout(500)
  seen.push(`${name}: ${begun}/${sessions.size}`)
}
console.log(seen.join('; '))
process.exit()
JS
# In a network with loopback only: some of these may send statistics.
seen=$(PATH="$work/node_modules/.bin:$PATH" unshare -rn sh -c 'ip link set lo up && exec node sessions.mjs' 2> errors.log | tail -n 1) || cat errors.log
echo "$seen"
left='sdk 1.x: 1/1; sdk 2.x: 1/1; langchain: 1/1; mastra: 1/1; strands: 1/1; google-adk: 4/4'
[ "$seen" = "$left; ai-sdk: 1/0; openai-agents: 1/0" ] || { echo 'This has changed.'; exit 1; }
