#!/usr/bin/env bash
# Versions: @modelcontextprotocol/sdk 1.32.2 (client and server), @modelcontextprotocol/client 2.4.0, node 24.21.0 (npm). Standard: MCP 2025-11-25,
#            Streamable HTTP (a server may close a stream after an event id, and clients poll by reconnecting), Resumability.
# Guess:     a long call survives every end of its stream: the server of the SDK has an event store, and the client returns with the last id that
#            it has seen, as often as a `closeSSEStream()` of the server or an idle limit on the way ends the stream.
# Behaviour: it survives one. A stream that ends again before it has carried an event is resumed without `Last-Event-ID`, because the client
#            forgets the id that it resumed with. The result is stored and never fetched, and the call fails at its limit, 60 s by
#            default. Connections that break off count alike: a tool that takes less than two idle limits of a proxy works, and a longer
#            one does not. One event on each stream, such as progress, keeps the place.
# Output seen, with a limit of 5 s:
#            1.x: ends 0: result; ends 1: result; ends 2: no result; ends 2 with progress between: result; breaks off 1: result; breaks off 2: no result
#            2.x: the same
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing the two SDKs and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/client@2.4.0 zod@4.6.7 node@24.21.0 >> install.log 2>&1
cat > resume.mjs <<'JS'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import * as second from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'

/** Events of all streams in one list; an id is a place in it. */
function createEventStore() {
  const events = []
  return {
    storeEvent: async (stream, message) => String(events.push({ stream, message }) - 1),
    async replayEventsAfter(lastId, { send }) {
      const { stream } = events[lastId]
      for (const [id, event] of events.entries()) {
        if (id > lastId && event.stream === stream && event.message.jsonrpc) await send(String(id), event.message)
      }
      return stream
    },
  }
}

async function run({ Client, Transport }, place, ends, { hasProgress = false, breaksOff = false } = {}) {
  const streams = new Set()
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool('report', { description: 'Takes a while.' }, async ({ closeSSEStream, sendNotification, _meta }) => {
    for (let end = 0; end < ends; end++) {
      await setTimeout(700)
      const params = { progressToken: _meta?.progressToken, progress: end + 1 }
      if (hasProgress) await sendNotification({ method: 'notifications/progress', params })
      if (breaksOff) for (const stream of streams) stream.destroy()
      else closeSSEStream()
    }
    await setTimeout(700)
    return { content: [{ type: 'text', text: 'done' }] }
  })
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: randomUUID, eventStore: createEventStore(), retryInterval: 200 })
  await server.connect(transport)
  const api = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString()
    if (body.includes('"tools/call"') || request.headers['last-event-id']) streams.add(response)
    await transport.handleRequest(request, response, body ? JSON.parse(body) : undefined)
  })
  await once(api.listen(0, '127.0.0.1'), 'listening')
  const client = new Client({ name: 'app', version: '1.0.0' })
  client.onerror = () => {}
  await client.connect(new Transport(new URL(`http://127.0.0.1:${api.address().port}/mcp`)))
  await setTimeout(300)
  const options = { timeout: 5000, ...(hasProgress && { onprogress: () => {} }) }
  return client.callTool({ name: 'report', arguments: {} }, ...place, options).then(() => 'result', () => 'no result')
}
const sdks = {
  '1.x': [{ Client, Transport: StreamableHTTPClientTransport }, [undefined]],
  '2.x': [{ Client: second.Client, Transport: second.StreamableHTTPClientTransport }, []],
}
for (const [name, [sdk, place]] of Object.entries(sdks)) {
  const seen = []
  for (const ends of [0, 1, 2]) seen.push(`ends ${ends}: ${await run(sdk, place, ends)}`)
  seen.push(`ends 2 with progress between: ${await run(sdk, place, 2, { hasProgress: true })}`)
  for (const ends of [1, 2]) seen.push(`breaks off ${ends}: ${await run(sdk, place, ends, { breaksOff: true })}`)
  console.log(`${name}: ${seen.join('; ')}`)
}
process.exit()
JS
seen=$(node_modules/.bin/node resume.mjs 2> errors.log) || { cat errors.log; exit 1; }
echo "$seen"
ends='ends 0: result; ends 1: result; ends 2: no result; ends 2 with progress between: result; breaks off 1: result; breaks off 2: no result'
[ "$seen" = "1.x: $ends
2.x: $ends" ] || { echo 'This has changed.'; exit 1; }
