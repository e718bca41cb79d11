#!/usr/bin/env bash
# Versions: @modelcontextprotocol/sdk 1.32.2, @modelcontextprotocol/client 2.4.0, @ai-sdk/mcp 2.0.99, node 24.21.0 (npm). Standards: RFC 9110
#            §15.6.4 (a 503 is for a while), RFC 6585 §4 (429), RFC 6749 §5.2 (`invalid_grant`: a refresh token that is not valid any more).
# Guess:     while the token endpoint is down, a call whose access token has expired fails, with the reason, and a later call refreshes. Only
#            `invalid_grant` leads to the login page.
# Behaviour: a 503 or 429 of a proxy, a JSON `server_error` and a broken connection open the login page, with "Unauthorized" as the error, and in
#            both SDKs each call opens another one. The refresh token is kept, and works a moment later: the login was not needed. So a
#            restart of the authorization server asks those users to log in whose tokens expire in that minute, while its login page
#            is down as well. The SDKs report one code as an error, `temporarily_unavailable`, which RFC 6749 has for the authorization endpoint
#            only. A 503 of the metadata is an error of the call.
# Output seen, as login pages in the outage / later call:
#            sdk 1.x: 503: 1/ok; 429: 1/ok; server_error: 1/ok; broken off: 1/ok; 503, 3 calls: 3/ok; temporarily_unavailable: 0/ok; metadata 503: 0/ok
#            sdk 2.x: the same
#            ai-sdk: 503: 1/ok; 429: 1/ok; server_error: 1/ok; broken off: 1/ok; 503, 3 calls: 1/ok; temporarily_unavailable: 1/ok; metadata 503: 0/ok
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing the two SDKs, @ai-sdk/mcp 2.0.99 and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/client@2.4.0 @ai-sdk/mcp@2.0.99 \
  zod@4.6.7 node@24.21.0 >> install.log 2>&1
cat > refresh.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createMCPClient } from '@ai-sdk/mcp'
import * as second from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

const REDIRECT = 'http://127.0.0.1/callback'
const json = (response, value, status = 200) =>
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))
const page = (response, status) => response.writeHead(status, { 'Content-Type': 'text/html', 'Retry-After': '1' }).end('<p>Try later.</p>')

/** What the authorization server answers while it is down. */
const OUTAGES = {
  '503:': { token: (response) => page(response, 503) },
  '429:': { token: (response) => page(response, 429) },
  'server_error:': { token: (response) => json(response, { error: 'server_error' }, 500) },
  'broken off:': { token: (response) => response.destroy() },
  '503, 3 calls:': { token: (response) => page(response, 503), calls: 3 },
  'temporarily_unavailable:': { token: (response) => json(response, { error: 'temporarily_unavailable' }, 503) },
  'metadata 503:': { metadata: (response) => page(response, 503) },
}

async function run(connect, { token, metadata, calls = 1 }) {
  let isDown = false
  let valid = 'first'
  const api = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString()
    if (request.url.startsWith('/.well-known/oauth-protected'))
      return json(response, { resource: `${origin}/mcp`, authorization_servers: [origin] })
    if (request.url.startsWith('/.well-known')) {
      if (isDown && metadata) return metadata(response)
      return json(response, {
        issuer: origin,
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`,
        response_types_supported: ['code'],
        code_challenge_methods_supported: ['S256'],
        token_endpoint_auth_methods_supported: ['none'],
      })
    }
    if (request.url === '/token') {
      if (isDown && token) return token(response)
      valid = 'refreshed'
      return json(response, { access_token: valid, token_type: 'Bearer', refresh_token: 'refresh', expires_in: 3600 })
    }
    if (request.headers.authorization !== `Bearer ${valid}`) {
      const challenge = `Bearer error="invalid_token", resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`
      return response.writeHead(401, { 'WWW-Authenticate': challenge }).end()
    }
    if (request.method !== 'POST') return response.writeHead(405).end()
    const { id, method, params } = JSON.parse(body)
    const result = (value) => json(response, { jsonrpc: '2.0', id, result: value })
    if (method === 'initialize')
      return result({ protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'notes', version: '1' } })
    if (method === 'tools/list') return result({ tools: [{ name: 'add', inputSchema: { type: 'object', properties: {} } }] })
    if (method === 'tools/call') return result({ content: [{ type: 'text', text: 'added' }] })
    if (id === undefined) return response.writeHead(202).end()
    json(response, { jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } }, 400)
  })
  await once(api.listen(0, '127.0.0.1'), 'listening')
  const origin = `http://127.0.0.1:${api.address().port}`
  // What the clients store after a login at this server.
  const server = { issuer: origin, authorization_server: origin, token_endpoint: `${origin}/token` }
  const kept = { tokens: { access_token: 'first', token_type: 'Bearer', refresh_token: 'refresh', ...server } }
  let pages = 0
  const authProvider = {
    redirectUrl: REDIRECT, clientMetadata: { redirect_uris: [REDIRECT] }, clientInformation: () => ({ client_id: 'app', issuer: origin }),
    saveClientInformation: () => {}, tokens: () => kept.tokens, saveTokens: (tokens) => void (kept.tokens = tokens),
    codeVerifier: () => kept.verifier, saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
    redirectToAuthorization: () => void pages++, invalidateCredentials: () => void delete kept.tokens,
  }
  const call = await connect(new URL(`${origin}/mcp`), authProvider)
  await call()
  valid = 'none'
  isDown = true
  await Promise.allSettled(Array.from({ length: calls }, call))
  const opened = pages
  isDown = false
  const later = await call().then(() => 'ok', () => 'fails')
  return `${opened}/${later}`
}
const sdk = (Client, Transport) => async (url, authProvider) => {
  const client = new Client({ name: 'app', version: '1.0.0' })
  await client.connect(new Transport(url, { authProvider }))
  return () => client.callTool({ name: 'add', arguments: {} })
}
const CLIENTS = {
  'sdk 1.x': sdk(Client, StreamableHTTPClientTransport),
  'sdk 2.x': sdk(second.Client, second.StreamableHTTPClientTransport),
  'ai-sdk': async (url, authProvider) => {
    const client = await createMCPClient({ transport: { type: 'http', url: url.href, authProvider } })
    const { add } = await client.tools()
    return () => add.execute({}, { messages: [], toolCallId: '1' })
  },
}
for (const [name, connect] of Object.entries(CLIENTS)) {
  const seen = []
  for (const [outage, answers] of Object.entries(OUTAGES)) seen.push(`${outage} ${await run(connect, answers)}`)
  console.log(`${name}: ${seen.join('; ')}`)
}
process.exit()
JS
seen=$(node_modules/.bin/node refresh.mjs 2> errors.log) || { cat errors.log; exit 1; }
echo "$seen"
sdk='503: 1/ok; 429: 1/ok; server_error: 1/ok; broken off: 1/ok; 503, 3 calls: 3/ok; temporarily_unavailable: 0/ok; metadata 503: 0/ok'
ai='503: 1/ok; 429: 1/ok; server_error: 1/ok; broken off: 1/ok; 503, 3 calls: 1/ok; temporarily_unavailable: 1/ok; metadata 503: 0/ok'
[ "$seen" = "sdk 1.x: $sdk
sdk 2.x: $sdk
ai-sdk: $ai" ] || { echo 'This has changed.'; exit 1; }
