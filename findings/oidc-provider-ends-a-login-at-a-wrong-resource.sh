#!/usr/bin/env bash
# Versions: oidc-provider 9.13.3, node 24.21.0 (npm). Standards: RFC 6749 §5.2 (an error at a refresh), RFC 8707 §2.2
#            (`invalid_target`), RFC 9700 §4.14.2 (rotation; a refresh token that is used twice ends the grant).
# Guess:     a refresh with a parameter that the server rejects changes nothing: the client corrects it and tries again.
# Behaviour: `invalid_scope` changes nothing. `invalid_target` is found after the rotation: the refresh token is used up, and no
#            new one is returned. The corrected request counts as a second use and is `invalid_grant`, and it ends the grant
#            with the access tokens that were good until then. MCP clients send `resource` with each refresh, so one slash that
#            is missing there costs the login and all of its tokens. The rotation is the default for public clients.
# Output seen: wrong scope: 400 invalid_scope, corrected 200, first token active; wrong resource: 400 invalid_target, first token active, corrected 400 invalid_grant, first token inactive
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing oidc-provider 9.13.3 and node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund oidc-provider@9.13.3 node@24.21.0 >> install.log 2>&1
cat > refresh.mjs <<'JS'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import Provider from 'oidc-provider'

const RESOURCE = 'https://mcp.example/'
const REDIRECT = 'https://client.example/callback'
const server = createServer().listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = `http://127.0.0.1:${server.address().port}`
const provider = new Provider(origin, {
  clients: [
    {
      client_id: 'app', token_endpoint_auth_method: 'none', redirect_uris: [REDIRECT],
      grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
    },
    { client_id: 'api', client_secret: 'secret', redirect_uris: [], grant_types: [], response_types: [] },
  ],
  features: {
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
  const grant = new provider.Grant({ clientId: 'app', accountId: 'user' })
  grant.addOIDCScope('openid offline_access')
  grant.addResourceScope(RESOURCE, 'read')
  const result = { login: { accountId: 'user' }, consent: { grantId: await grant.save() } }
  await provider.interactionFinished(req, res, result)
})

const post = async (path, form, headers = {}) => {
  const response = await fetch(origin + path, { method: 'POST', body: new URLSearchParams(form), headers })
  return { status: response.status, ...(await response.json()) }
}
const stateOf = async (token) => {
  const headers = { Authorization: `Basic ${btoa('api:secret')}` }
  return (await post('/token/introspection', { token }, headers)).active ? 'active' : 'inactive'
}
const logIn = async () => {
  const verifier = 'v'.repeat(43)
  const jar = new Map()
  let url = `${origin}/auth?${new URLSearchParams({
    client_id: 'app', redirect_uri: REDIRECT, response_type: 'code', scope: 'openid offline_access read', prompt: 'consent',
    resource: RESOURCE, code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256',
  })}`
  for (let steps = 0; steps < 20 && !url.startsWith(REDIRECT); steps += 1) {
    const cookie = [...jar].map((pair) => pair.join('=')).join('; ')
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } })
    for (const each of response.headers.getSetCookie()) jar.set(...each.split(';')[0].split('='))
    url = new URL(response.headers.get('location'), origin).href
  }
  const code = new URL(url).searchParams.get('code')
  return post('/token', {
    grant_type: 'authorization_code', code, redirect_uri: REDIRECT, client_id: 'app', code_verifier: verifier, resource: RESOURCE,
  })
}
const refresh = ({ refresh_token }, more) =>
  post('/token', { grant_type: 'refresh_token', refresh_token, client_id: 'app', resource: RESOURCE, ...more })

const one = await logIn()
const scope = await refresh(one, { scope: 'read write' })
const afterScope = await refresh(one)
const first = `wrong scope: ${scope.status} ${scope.error}, corrected ${afterScope.status}, first token ${await stateOf(one.access_token)}`
const two = await logIn()
const target = await refresh(two, { resource: 'https://mcp.example' })
const between = await stateOf(two.access_token)
const afterTarget = await refresh(two)
console.log(
  `${first}; wrong resource: ${target.status} ${target.error}, first token ${between}, ` +
    `corrected ${afterTarget.status} ${afterTarget.error}, first token ${await stateOf(two.access_token)}`,
)
server.close()
server.closeAllConnections()
JS
seen=$(PATH="$work/node_modules/.bin:$PATH" node refresh.mjs 2> errors.txt | tail -n 1)
echo "$seen"
[ "$seen" = 'wrong scope: 400 invalid_scope, corrected 200, first token active; wrong resource: 400 invalid_target, first token active, corrected 400 invalid_grant, first token inactive' ] || { cat errors.txt; echo 'This has changed.'; exit 1; }
