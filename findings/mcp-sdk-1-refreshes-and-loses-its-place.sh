#!/usr/bin/env bash
# Versions: @modelcontextprotocol/sdk 1.32.2 (client and server), @modelcontextprotocol/client 2.4.0, node 24.21.0 (npm). Standard: MCP 2025-11-25,
#            Streamable HTTP, Resumability (`Last-Event-ID`: the server replays what came after that event).
# Guess:     a server with an event store loses nothing when a stream ends with its token: the client returns with `Last-Event-ID`, refreshes
#            at the 401, repeats the request, and gets the stored events, as it does with a token that is still valid.
# Behaviour: client 1.x repeats the GET without `Last-Event-ID`. The server takes that for a new GET stream: what was stored is not sent,
#            neither a notification nor the result of a call. The call waits for its limit, 60 s by default, and its tool has run.
#            Client 2.x repeats the request as it was.
# Output seen, with a limit of 5 s:
#            1.x: valid token: notification, result; expired: refreshed, no notification, no result
#            2.x: valid token: notification, result; expired: refreshed, notification, result
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

const REDIRECT = 'http://127.0.0.1/callback'

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

/** The token expires while both streams are away, or stays valid. */
async function run({ Client, Transport }, place, expires) {
  const valid = new Set(['first'])
  let refreshes = 0
  const api = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString()
    const json = (value) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))
    if (request.url.startsWith('/.well-known/oauth-protected')) return json({ resource: `${origin}/mcp`, authorization_servers: [origin] })
    if (request.url.startsWith('/.well-known'))
      return json({
        issuer: origin,
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`,
        response_types_supported: ['code'],
        code_challenge_methods_supported: ['S256'],
        token_endpoint_auth_methods_supported: ['none'],
      })
    if (request.url === '/token') {
      const token = `refreshed-${++refreshes}`
      valid.add(token)
      return json({ access_token: token, token_type: 'Bearer', refresh_token: 'refresh', expires_in: 3600 })
    }
    if (valid.has(request.headers.authorization?.slice('Bearer '.length)))
      return transport.handleRequest(request, response, body ? JSON.parse(body) : undefined)
    const challenge = `Bearer error="invalid_token", resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`
    response.writeHead(401, { 'WWW-Authenticate': challenge }).end()
  })
  await once(api.listen(0, '127.0.0.1'), 'listening')
  const origin = `http://127.0.0.1:${api.address().port}`
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  const notify = () => server.server.notification({ method: 'notifications/tools/list_changed' })
  const expire = () => expires && valid.clear()
  server.registerTool('report', { description: 'Takes a while.' }, async ({ closeSSEStream }) => {
    await setTimeout(200)
    closeSSEStream()
    await setTimeout(500)
    transport.closeStandaloneSSEStream()
    expire()
    await setTimeout(1000)
    return { content: [{ type: 'text', text: 'done' }] }
  })
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    eventStore: createEventStore(),
    retryInterval: 1000,
  })
  await server.connect(transport)

  const kept = { tokens: { access_token: 'first', token_type: 'Bearer', refresh_token: 'refresh', issuer: origin } }
  const authProvider = {
    redirectUrl: REDIRECT, clientMetadata: { redirect_uris: [REDIRECT] }, clientInformation: () => ({ client_id: 'app', issuer: origin }),
    tokens: () => kept.tokens, saveTokens: (tokens) => void (kept.tokens = tokens),
    codeVerifier: () => kept.verifier, saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
    redirectToAuthorization: () => console.log('asks for a login'),
  }
  const client = new Client({ name: 'app', version: '1.0.0' })
  client.onerror = () => {}
  let notified = 0
  client.fallbackNotificationHandler = async () => void notified++
  await client.connect(new Transport(new URL(`${origin}/mcp`), { authProvider }))
  await setTimeout(500)
  // The first notification gives the GET stream an id; the second one is stored while the stream is away.
  await notify()
  await setTimeout(500)
  transport.closeStandaloneSSEStream()
  expire()
  await notify()
  await setTimeout(3000)
  const seen = [notified === 2 ? 'notification' : 'no notification']
  if (expires) seen.unshift(refreshes > 0 ? 'refreshed' : 'not refreshed')
  const result = await client.callTool({ name: 'report', arguments: {} }, ...place, { timeout: 5000 }).catch(() => undefined)
  return [...seen, result?.content[0].text === 'done' ? 'result' : 'no result'].join(', ')
}
const sdks = {
  '1.x': [{ Client, Transport: StreamableHTTPClientTransport }, [undefined]],
  '2.x': [{ Client: second.Client, Transport: second.StreamableHTTPClientTransport }, []],
}
for (const [name, [sdk, place]] of Object.entries(sdks))
  console.log(`${name}: valid token: ${await run(sdk, place, false)}; expired: ${await run(sdk, place, true)}`)
process.exit()
JS
seen=$(node_modules/.bin/node resume.mjs 2> errors.log) || { cat errors.log; exit 1; }
echo "$seen"
[ "$seen" = '1.x: valid token: notification, result; expired: refreshed, no notification, no result
2.x: valid token: notification, result; expired: refreshed, notification, result' ] || { echo 'This has changed.'; exit 1; }
