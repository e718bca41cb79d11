#!/usr/bin/env bash
# Versions: oidc-provider 9.13.3, node 24.21.0 (npm). Standards: RFC 7662 §2.2, §2.3 (`invalid_client`: the credentials of the protected
#            resource are wrong), draft-ietf-oauth-client-id-metadata-document (the document of a client is cached).
# Guess:     the server decides an introspection from what it has stored. The host of the document that describes the client
#            matters at a login. An outage of it changes no decision on a token that was issued before.
# Behaviour: introspection loads the client of the token. When the cached document has expired and its host fails, a good token
#            is 400 `invalid_client`, the error for wrong credentials of the API. So an outage at the vendor of one client
#            fails each call of its users, and the error points to the secret of the API. Tokens of registered clients, unknown tokens
#            and the credentials are not affected. A document is cached for 30 seconds at least: `cacheDuration` below
#            replaces them with one.
# Output seen: host up: 200 active; down, document cached: 200 active; down, document expired: 400 invalid_client, registered client 200 active, unknown token 200 inactive; wrong secret: 401 invalid_client; host up again: 200 active
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing oidc-provider 9.13.3 and node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund oidc-provider@9.13.3 node@24.21.0 >> install.log 2>&1
cat > introspect.mjs <<'JS'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import Provider from 'oidc-provider'

const RESOURCE = 'https://mcp.example/notes'
const REDIRECT = 'http://127.0.0.1/callback'
const DOCUMENT = 'https://client.example/app.json'
const metadata = {
  application_type: 'native', token_endpoint_auth_method: 'none', redirect_uris: [REDIRECT],
  grant_types: ['authorization_code'], response_types: ['code'],
}
let isUp = true
const host = createServer((_, response) => {
  if (!isUp) return response.writeHead(503).end()
  response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'max-age=1' })
  response.end(JSON.stringify({ client_id: DOCUMENT, ...metadata }))
}).listen(0, '127.0.0.1')
await once(host, 'listening')
const server = createServer().listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = `http://127.0.0.1:${server.address().port}`
const provider = new Provider(origin, {
  clients: [
    { client_id: 'registered', ...metadata },
    { client_id: 'api', client_secret: 'secret', redirect_uris: [], grant_types: [], response_types: [] },
  ],
  fetch: (url, { dispatcher, ...options }) => fetch(url === DOCUMENT ? `http://127.0.0.1:${host.address().port}` : url, options),
  features: {
    clientIdMetadataDocument: { enabled: true, ack: 'draft-02', cacheDuration: { min: 1, max: 86400 } },
    devInteractions: { enabled: false },
    introspection: { enabled: true, allowedPolicy: () => true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => RESOURCE,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope: 'read', audience: RESOURCE, accessTokenFormat: 'opaque' }),
    },
  },
  interactions: { url: () => '/login' },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
})
const respond = provider.callback()
server.on('request', async (req, res) => {
  if (req.url !== '/login') return respond(req, res)
  const { params } = await provider.interactionDetails(req, res)
  const grant = new provider.Grant({ clientId: params.client_id, accountId: 'user' })
  grant.addResourceScope(RESOURCE, 'read')
  const result = { login: { accountId: 'user' }, consent: { grantId: await grant.save() } }
  await provider.interactionFinished(req, res, result)
})

const post = async (path, form, headers = {}) => {
  const response = await fetch(origin + path, { method: 'POST', body: new URLSearchParams(form), headers })
  return { status: response.status, ...(await response.json()) }
}
const logIn = async (client) => {
  const verifier = 'v'.repeat(43)
  const jar = new Map()
  let url = `${origin}/auth?${new URLSearchParams({
    client_id: client, redirect_uri: REDIRECT, response_type: 'code', scope: 'read', resource: RESOURCE,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256',
  })}`
  for (let steps = 0; steps < 20 && !url.startsWith(REDIRECT); steps += 1) {
    const cookie = [...jar].map((pair) => pair.join('=')).join('; ')
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } })
    for (const each of response.headers.getSetCookie()) jar.set(...each.split(';')[0].split('='))
    url = new URL(response.headers.get('location'), origin).href
  }
  const code = new URL(url).searchParams.get('code')
  const form = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT, client_id: client, code_verifier: verifier }
  return (await post('/token', form)).access_token
}
const introspect = async (token, secret = 'secret') => {
  const answer = await post('/token/introspection', { token }, { Authorization: `Basic ${btoa(`api:${secret}`)}` })
  return `${answer.status} ${answer.error ?? (answer.active ? 'active' : 'inactive')}`
}

const registered = await logIn('registered')
const documented = await logIn(DOCUMENT)
const seen = [`host up: ${await introspect(documented)}`]
isUp = false
seen.push(`down, document cached: ${await introspect(documented)}`)
await new Promise((resolve) => setTimeout(resolve, 2000))
seen.push(
  `down, document expired: ${await introspect(documented)}, registered client ${await introspect(registered)}, ` +
    `unknown token ${await introspect('an-unknown-token')}`,
)
seen.push(`wrong secret: ${await introspect(registered, 'wrong')}`)
isUp = true
seen.push(`host up again: ${await introspect(documented)}`)
console.log(seen.join('; '))
process.exit()
JS
seen=$(PATH="$work/node_modules/.bin:$PATH" node introspect.mjs 2> errors.txt | tail -n 1)
echo "$seen"
[ "$seen" = 'host up: 200 active; down, document cached: 200 active; down, document expired: 400 invalid_client, registered client 200 active, unknown token 200 inactive; wrong secret: 401 invalid_client; host up again: 200 active' ] || { cat errors.txt; echo 'This has changed.'; exit 1; }
