#!/usr/bin/env bash
# Versions: @modelcontextprotocol/sdk 1.32.2, @modelcontextprotocol/client 2.4.0, @modelcontextprotocol/server 2.4.0 with @modelcontextprotocol/node
#            2.1.2, node 24.21.0 (npm). Standard: MCP 2025-11-25, Elicitation (a server asks the user in the middle of a call), Cancellation (the
#            receiver should stop processing the cancelled request). Documentation of the SDKs: `timeout` of a request, 60 s by default; `elicitInput`.
# Guess:     a tool that asks its user before it pays may take as long as the user does: the limit of 60 s is for a silent server. If the call
#            does end before the answer, at its limit or because the user stops the agent, the form closes, and nothing is paid.
# Behaviour: the user's time counts. At 60 s the call fails, the client sends a cancellation, and the form stays open: the signal of its
#            handler is not aborted. The user agrees, the client delivers the answer to the cancelled call, `elicitInput()` returns it, and the tool pays,
#            after the model has read that the call failed. If the model calls again, the user gets a second form for a second payment. The same
#            happens after an abort. A server that passes the signal of its call to `elicitInput()` closes the form and
#            pays nothing. This is about MCP 2025-11-25; on MCP 2026-07-28 a tool returns its question as a result.
# Output seen, with a limit of 1 s and an answer after 2 s, by client and server 1.x and 2.x alike:
#            limit: call fails, form stays open, pays; abort: call fails, form stays open, pays
#            with the signal of the call: limit: call fails, form closes, does not pay; abort: call fails, form closes, does not pay
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing the SDKs and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/client@2.4.0 @modelcontextprotocol/server@2.4.0 \
  @modelcontextprotocol/node@2.1.2 zod@4.6.7 node@24.21.0 >> install.log 2>&1
cat > form.mjs <<'JS'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import * as second from '@modelcontextprotocol/client'
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node'
import * as client1 from '@modelcontextprotocol/sdk/client/index.js'
import * as http1 from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer as Server1 } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { McpServer as Server2 } from '@modelcontextprotocol/server'

const sdks = {
  '1.x': {
    ...client1,
    ...http1,
    form: ElicitRequestSchema,
    options: (options) => [undefined, options],
    Server: Server1,
    Transport: StreamableHTTPServerTransport,
    ask: (server, { signal, requestId }, params, given) =>
      server.server.elicitInput(params, { timeout: 600_000, relatedRequestId: requestId, ...(given && { signal }) }),
  },
  '2.x': {
    ...second,
    form: 'elicitation/create',
    options: (options) => [options],
    Server: Server2,
    Transport: NodeStreamableHTTPServerTransport,
    ask: (_, { mcpReq }, params, given) => mcpReq.elicitInput(params, { timeout: 600_000, ...(given && { signal: mcpReq.signal }) }),
  },
}
let sdk
let given
let paid
const sessions = new Map()
const http = createServer(async (request, response) => {
  let transport = sessions.get(request.headers['mcp-session-id'])
  if (transport === undefined) {
    transport = new sdk.Transport({ sessionIdGenerator: randomUUID, onsessioninitialized: (id) => sessions.set(id, transport) })
    const server = new sdk.Server({ name: 'bank', version: '1' })
    server.registerTool('pay', {}, async (context) => {
      const form = { message: 'Pay 100?', requestedSchema: { type: 'object', properties: {} } }
      const { action } = await sdk.ask(server, context, form, given)
      if (action === 'accept') paid = true
      return { content: [{ type: 'text', text: action === 'accept' ? 'Paid.' : 'Not paid.' }] }
    })
    await server.connect(transport)
  }
  await transport.handleRequest(request, response)
})
await once(http.listen(0, '127.0.0.1'), 'listening')
const url = new URL(`http://127.0.0.1:${http.address().port}/mcp`)

for (const name of Object.keys(sdks)) {
  sdk = sdks[name]
  const client = new sdk.Client({ name: 'client', version: '1' }, { capabilities: { elicitation: {} } })
  client.onerror = () => {}
  let form
  client.setRequestHandler(sdk.form, async (_, context) => {
    form = 'stays open'
    const signal = context.signal ?? context.mcpReq.signal
    signal.addEventListener('abort', () => (form = 'closes'))
    await setTimeout(2000)
    return { action: 'accept', content: {} }
  })
  await client.connect(new sdk.StreamableHTTPClientTransport(url))
  for (given of [false, true]) {
    const seen = []
    for (const end of ['limit', 'abort']) {
      paid = false
      const options = sdk.options(end === 'limit' ? { timeout: 1000 } : { signal: AbortSignal.timeout(1000) })
      const call = await client.callTool({ name: 'pay', arguments: {} }, ...options).then(() => 'succeeds', () => 'fails')
      await setTimeout(2000)
      seen.push(`${end}: call ${call}, form ${form}, ${paid ? 'pays' : 'does not pay'}`)
    }
    console.log(`${name}${given ? ' with the signal of the call' : ''}: ${seen.join('; ')}`)
  }
}
process.exit()
JS
seen=$(node_modules/.bin/node form.mjs 2> errors.log) || { cat errors.log; exit 1; }
echo "$seen"
bad='limit: call fails, form stays open, pays; abort: call fails, form stays open, pays'
good='limit: call fails, form closes, does not pay; abort: call fails, form closes, does not pay'
[ "$seen" = "1.x: $bad
1.x with the signal of the call: $good
2.x: $bad
2.x with the signal of the call: $good" ] || { echo 'This has changed.'; exit 1; }
