#!/usr/bin/env bash
# Versions: @modelcontextprotocol/client 2.4.0, @modelcontextprotocol/server 2.4.0, node 24.21.0 (npm). Standard: MCP 2026-07-28, Caching
#            (`ttlMs`; `cacheScope: "private"` is for one authorization context, "a different access token requires a different cache").
# Guess:     a server that shows each user the tools of the token's scopes sends `cacheScope: "private"` with its list, and may add a `ttlMs`:
#            after a step-up the client has another token, so `listTools()` fetches the list again and shows the new tools.
# Behaviour: the cache has no part of the token in its key. After the step-up the same list is returned for the rest of `ttlMs`, without a
#            request. The user has just agreed to a tool that the program does not show; a call by its name works. `cachePartition`, which
#            separates users, is fixed when the client is made. `cacheMode: 'refresh'` helps, and so does a server without `ttlMs`.
# Output seen: before: list; delete: 403; stepped up for read admin: delete works; list 0 requests: list; refreshed: list,delete
#              without ttlMs: before: list; delete: 403; stepped up for read admin: delete works; list 1 requests: list,delete; refreshed: list,delete
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing @modelcontextprotocol/client and /server 2.4.0 and node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund @modelcontextprotocol/client@2.4.0 \
  @modelcontextprotocol/server@2.4.0 node@24.21.0 >> install.log 2>&1
cat > list.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'

const SCOPES = { first: ['read'], second: ['read', 'admin'] }
const REDIRECT = 'http://127.0.0.1/callback'

async function run(hints) {
  const handler = createMcpHandler(({ authInfo }) => {
    const server = new McpServer({ name: 'notes', version: '1.0.0' }, hints && { cacheHints: { 'tools/list': hints } })
    const register = (name) => server.registerTool(name, { description: name }, () => ({ content: [{ type: 'text', text: 'done' }] }))
    register('list')
    if (authInfo?.scopes.includes('admin')) register('delete')
    return server
  })
  let lists = 0
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
    if (request.url === '/token') return json({ access_token: 'second', token_type: 'Bearer', expires_in: 3600, scope: 'read admin' })
    if (request.method !== 'POST') return response.writeHead(405).end()
    const token = request.headers.authorization?.slice('Bearer '.length)
    const { method, params } = JSON.parse(body)
    if (method === 'tools/list') lists++
    if (params?.name === 'delete' && token === 'first') {
      const challenge = `Bearer error="insufficient_scope", scope="read admin", resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`
      return response.writeHead(403, { 'WWW-Authenticate': challenge }).end()
    }
    const { headers } = request
    const served = await handler.fetch(new Request(`${origin}/mcp`, { method: 'POST', headers, body }), {
      authInfo: { token, clientId: 'app', scopes: SCOPES[token] },
    })
    response.writeHead(served.status, Object.fromEntries(served.headers)).end(Buffer.from(await served.arrayBuffer()))
  })
  await once(api.listen(0, '127.0.0.1'), 'listening')
  const origin = `http://127.0.0.1:${api.address().port}`

  const kept = { tokens: { access_token: 'first', token_type: 'Bearer', issuer: origin } }
  const authProvider = {
    redirectUrl: REDIRECT, clientMetadata: { redirect_uris: [REDIRECT] }, clientInformation: () => ({ client_id: 'app', issuer: origin }),
    tokens: () => kept.tokens, saveTokens: (tokens) => void (kept.tokens = tokens),
    codeVerifier: () => kept.verifier, saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
    discoveryState: () => kept.discovery, saveDiscoveryState: (discovery) => void (kept.discovery = discovery),
    redirectToAuthorization: (url) => void (kept.page = url),
  }
  const client = new Client({ name: 'app', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })
  const transport = new StreamableHTTPClientTransport(new URL(`${origin}/mcp`), { authProvider })
  await client.connect(transport)
  const list = async (options) => (await client.listTools(undefined, options)).tools.map(({ name }) => name).join()
  const remove = () => client.callTool({ name: 'delete', arguments: {} }).then(() => 'works', () => 'fails')

  const before = await list()
  if ((await remove()) !== 'fails') throw new Error('no step-up')
  await transport.finishAuth('code')
  const scope = kept.page.searchParams.get('scope')
  const works = await remove()
  lists = 0
  const after = await list()
  const requests = lists
  return `before: ${before}; delete: 403; stepped up for ${scope}: delete ${works}; list ${requests} requests: ${after}; refreshed: ${await list({ cacheMode: 'refresh' })}`
}
console.log(await run({ ttlMs: 600_000, cacheScope: 'private' }))
console.log(`without ttlMs: ${await run()}`)
process.exit()
JS
seen=$(node_modules/.bin/node list.mjs 2> errors.log) || { cat errors.log; exit 1; }
echo "$seen"
before='before: list; delete: 403; stepped up for read admin: delete works'
[ "$seen" = "$before; list 0 requests: list; refreshed: list,delete
without ttlMs: $before; list 1 requests: list,delete; refreshed: list,delete" ] || { echo 'This has changed.'; exit 1; }
