#!/usr/bin/env bash
# Versions: oidc-provider 9.13.3, @cloudflare/workers-oauth-provider 1.2.3 in miniflare 4.20260730.0, @modelcontextprotocol/client 2.4.0,
#            node 24.21.0 (npm). Standards: draft-ietf-oauth-client-id-metadata-document, RFC 6749 §5.2 (`invalid_client`: unknown
#            client), MCP 2025-11-25 (clients with a metadata document).
# Guess:     the document of a client describes it at the login, where the user sees its name and its redirect URI. While the host of the
#            document fails, a refresh uses the document seen last, or is a 5xx or `temporarily_unavailable`. The login goes on.
# Behaviour: both servers keep no document beyond its `max-age`, and report the failed request as `invalid_client`, the error for a client that
#            does not exist. The client of the MCP SDK then deletes its tokens, and no longer works until its user has logged in
#            again, which the same outage prevents. So a minute without that document ends logins of one MCP client at each
#            of these servers whose copy has expired: those of the users whose client refreshes in it. The refresh tokens stay good: the one that
#            the client deleted works as soon as the host is back. `cacheDuration` below replaces the 30 seconds for which
#            oidc-provider keeps each document at least.
# Output seen: oidc-provider: host down 400 invalid_client, client deletes client and tokens, host up again 200
#              workers-oauth-provider: host down 401 invalid_client, client deletes client and tokens, host up again 200
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
export TMPDIR="$work"
echo 'Installing oidc-provider 9.13.3, @cloudflare/workers-oauth-provider 1.2.3, miniflare 4.20260730.0,'
echo '@modelcontextprotocol/client 2.4.0 and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund oidc-provider@9.13.3 @cloudflare/workers-oauth-provider@1.2.3 miniflare@4.20260730.0 \
  @modelcontextprotocol/client@2.4.0 node@24.21.0 >> install.log 2>&1
cat > worker.mjs <<'JS'
import { OAuthProvider } from './oauth-provider.js'

const pages = {
  async fetch(request, env) {
    const asked = await env.OAUTH_PROVIDER.parseAuthRequest(request)
    const login = { request: asked, userId: 'user', metadata: {}, scope: asked.scope, props: {} }
    const { redirectTo } = await env.OAUTH_PROVIDER.completeAuthorization(login)
    return new Response(null, { status: 302, headers: { Location: redirectTo } })
  },
}
export default new OAuthProvider({
  apiRoute: '/mcp', apiHandler: pages, defaultHandler: pages, authorizeEndpoint: '/authorize', tokenEndpoint: '/token',
  scopesSupported: ['read'], clientIdMetadataDocumentEnabled: true, resourceMetadata: { resource: 'https://mcp.example/mcp' },
})
JS
cat > servers.mjs <<'JS'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { Miniflare, Response as WorkerResponse } from 'miniflare'
import Provider from 'oidc-provider'

/** @returns A `fetch` that reaches the server, and its origin. */
export const startProvider = async (readDocument) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${server.address().port}`
  const resource = `${origin}/mcp`
  const provider = new Provider(origin, {
    fetch: async () => new Response(...readDocument()),
    features: {
      clientIdMetadataDocument: { enabled: true, ack: 'draft-02', cacheDuration: { min: 1, max: 86400 } },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: 'read', audience: resource, accessTokenFormat: 'opaque' }),
      },
    },
    issueRefreshToken: () => true,
    interactions: { url: () => '/login' },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  })
  const respond = provider.callback()
  server.on('request', async (req, res) => {
    if (req.url !== '/login') return respond(req, res)
    const { params } = await provider.interactionDetails(req, res)
    const grant = new provider.Grant({ clientId: params.client_id, accountId: 'user' })
    grant.addOIDCScope('openid offline_access')
    grant.addResourceScope(resource, 'read')
    const result = { login: { accountId: 'user' }, consent: { grantId: await grant.save() } }
    await provider.interactionFinished(req, res, result)
  })
  return { fetch, origin }
}

/** @returns A `fetch` that reaches the Worker, and its origin. */
export const startWorker = async (readDocument) => {
  const read = (path, file) => ({ type: 'ESModule', path, contents: readFileSync(file, 'utf8') })
  const miniflare = new Miniflare({
    cf: false,
    modules: [
      read('worker.mjs', 'worker.mjs'),
      read('oauth-provider.js', 'node_modules/@cloudflare/workers-oauth-provider/dist/oauth-provider.js'),
    ],
    compatibilityDate: '2026-01-01',
    compatibilityFlags: ['nodejs_compat', 'global_fetch_strictly_public'],
    kvNamespaces: ['OAUTH_KV'],
    outboundService: () => new WorkerResponse(...readDocument()),
  })
  // The client accepts the global `Response` only.
  const dispatch = async (url, { body, ...init } = {}) => {
    const response = await miniflare.dispatchFetch(`${url}`, { ...init, ...(body !== undefined && { body: `${body}` }) })
    const { status, headers } = response
    return new Response(await response.text(), { status, headers: [...headers] })
  }
  return { fetch: dispatch, origin: 'https://mcp.example' }
}
JS
cat > refresh.mjs <<'JS'
import { auth } from '@modelcontextprotocol/client'
import { startProvider, startWorker } from './servers.mjs'

const DOCUMENT = 'https://client.example/app.json'
const REDIRECT = 'http://127.0.0.1/callback'
const metadata = {
  client_id: DOCUMENT, client_name: 'app', application_type: 'native', token_endpoint_auth_method: 'none', redirect_uris: [REDIRECT],
  grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
}
let isUp = true
const readDocument = () => {
  if (!isUp) return [null, { status: 503 }]
  return [JSON.stringify(metadata), { headers: { 'Content-Type': 'application/json', 'Cache-Control': 'max-age=1' } }]
}

/** A client that keeps everything in memory, and whose user agrees to the first login. */
const createClient = (server) => {
  const kept = {}
  const deleted = []
  return {
    kept,
    deleted,
    redirectUrl: REDIRECT,
    clientMetadataUrl: DOCUMENT,
    clientMetadata: metadata,
    clientInformation: () => kept.client,
    saveClientInformation: (client) => void (kept.client = client),
    tokens: () => kept.tokens,
    saveTokens: (tokens) => void (kept.tokens = tokens),
    codeVerifier: () => kept.verifier,
    saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
    discoveryState: () => kept.discovery,
    saveDiscoveryState: (discovery) => void (kept.discovery = discovery),
    invalidateCredentials(scope) {
      deleted.push(scope)
      delete kept[scope]
    },
    async redirectToAuthorization(url) {
      if (deleted.length > 0) return
      const jar = new Map()
      let next = url.href
      for (let steps = 0; steps < 10 && !next.startsWith(REDIRECT); steps += 1) {
        const cookie = [...jar].map((pair) => pair.join('=')).join('; ')
        const response = await server.fetch(next, { redirect: 'manual', headers: { cookie } })
        for (const each of response.headers.getSetCookie()) jar.set(...each.split(';')[0].split('='))
        next = new URL(response.headers.get('location'), next).href
      }
      kept.answer = new URL(next).searchParams
    },
  }
}
const show = async (name, start) => {
  isUp = true
  const server = await start(readDocument)
  const client = createClient(server)
  const options = { serverUrl: `${server.origin}/mcp`, fetchFn: server.fetch, scope: 'read' }
  await auth(client, options)
  const { answer } = client.kept
  await auth(client, { ...options, authorizationCode: answer.get('code'), iss: answer.get('iss') ?? undefined })
  const { refresh_token } = client.kept.tokens
  const { token_endpoint } = client.kept.discovery.authorizationServerMetadata
  const refresh = async () => {
    const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token, client_id: DOCUMENT })
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const response = await server.fetch(token_endpoint, { method: 'POST', headers, body })
    const { error } = await response.json()
    return error === undefined ? `${response.status}` : `${response.status} ${error}`
  }
  isUp = false
  await new Promise((resolve) => setTimeout(resolve, 2000))
  const down = await refresh()
  await auth(client, options)
  isUp = true
  console.log(`${name}: host down ${down}, client deletes ${client.deleted.join(' and ') || 'nothing'}, host up again ${await refresh()}`)
}
await show('oidc-provider', startProvider)
await show('workers-oauth-provider', startWorker)
process.exit()
JS
seen=$(PATH="$work/node_modules/.bin:$PATH" node refresh.mjs 2> errors.txt | grep '^[a-z-]*: host down') || cat errors.txt
echo "$seen"
[ "$seen" = 'oidc-provider: host down 400 invalid_client, client deletes client and tokens, host up again 200
workers-oauth-provider: host down 401 invalid_client, client deletes client and tokens, host up again 200' ] || { cat errors.txt; echo 'This has changed.'; exit 1; }
