#!/usr/bin/env bash
# Versions: mcp-oauth-server 1.0.0, express 5.3.0, express-rate-limit 8.7.5, node 24.21.0 (npm). Standards: RFC 6749 §3.3 (a request
#            without `scope` gets a default, or fails), §5.1 and appendix A.4 (`scope` has at least one character). Documentation of the
#            library: `scopesSupported`, "if the client omits `scope`, the server may default to these".
# Guess:     a login without `scope` gets the scopes of `scopesSupported`, or fails with `invalid_scope`.
# Behaviour: client credentials and device logins without `scope` get all scopes of `scopesSupported`. A login in the browser, the one
#            of MCP clients, succeeds with none: `scope: ""`. The default is there, for an absent list; the two
#            authorization endpoints write an empty list for an absent parameter. The user has logged in, and every request is 403.
#            The refresh keeps the empty list, so that only a login with `scope` helps. A client without `scope` is one whose challenge
#            named none, or MCP Hub, which never sends it.
# Output seen: client credentials: scope "notes:read notes:write", 200; device: scope "notes:read notes:write", 200; browser: scope "", 403; its refresh: scope "", 403; browser with scope: scope "notes:read", 200
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing mcp-oauth-server 1.0.0, express 5.3.0, express-rate-limit 8.7.5 and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund mcp-oauth-server@1.0.0 express@5.3.0 express-rate-limit@8.7.5 node@24.21.0 >> install.log 2>&1
cat > login.mjs <<'JS'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import express from 'express'
import { approveDeviceAuthorizationHandler, authenticateHandler, DEVICE_AUTHORIZATION_GRANT_TYPE, mcpAuthRouter, OAuthServer, requireBearerAuth } from 'mcp-oauth-server'

const REDIRECT = 'https://client.example/callback'
const RESOURCE = 'https://mcp.example/notes'
const app = express()
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = `http://127.0.0.1:${server.address().port}`
const provider = new OAuthServer({
  issuerUrl: new URL(origin),
  authorizationUrl: new URL(`${origin}/consent`),
  deviceAuthorizationUrl: new URL(`${origin}/enter`),
  devicePollIntervalSeconds: 0,
  scopesSupported: ['notes:read', 'notes:write'],
  grantTypes: ['authorization_code', 'refresh_token', 'client_credentials', DEVICE_AUTHORIZATION_GRANT_TYPE],
})
const getUser = async () => 'user'
app.use(mcpAuthRouter({ provider }))
app.use('/confirm', authenticateHandler({ provider, getUser }))
app.use('/approve', approveDeviceAuthorizationHandler({ provider, getUser }))
app.get('/notes', requireBearerAuth({ verifier: provider, requiredScopes: ['notes:read'], resource: new URL(RESOURCE) }), (_request, response) => void response.send('Buy milk'))

const post = async (path, form) => (await fetch(origin + path, { method: 'POST', body: new URLSearchParams(form) })).json()
const register = async (rest) => {
  const body = JSON.stringify({ redirect_uris: [REDIRECT], ...rest })
  return (await fetch(`${origin}/register`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })).json()
}
/** The scopes of a token, and what the library's own guard makes of it. */
const show = async ({ access_token: token, scope, error }) => {
  if (error) return error
  const { status } = await fetch(`${origin}/notes`, { headers: { Authorization: `Bearer ${token}` } })
  return `scope ${JSON.stringify(scope)}, ${status}`
}

const machine = await register({ grant_types: ['client_credentials'] })
const own = await post('/token', { grant_type: 'client_credentials', client_id: machine.client_id, client_secret: machine.client_secret, resource: RESOURCE })

const { client_id } = await register({ token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token', DEVICE_AUTHORIZATION_GRANT_TYPE] })
const { device_code, user_code } = await post('/device', { client_id, resource: RESOURCE })
await post('/approve', { user_code })
const device = await post('/token', { grant_type: DEVICE_AUTHORIZATION_GRANT_TYPE, device_code, client_id })

const logIn = async (more) => {
  const verifier = 'v'.repeat(43)
  const query = new URLSearchParams({
    client_id, redirect_uri: REDIRECT, response_type: 'code', state: 's', resource: RESOURCE,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256', ...more,
  })
  const consent = await fetch(`${origin}/authorize?${query}`, { redirect: 'manual' })
  // The page sends on what it got.
  const body = new URL(consent.headers.get('Location')).searchParams
  const back = await fetch(`${origin}/confirm`, { method: 'POST', body, redirect: 'manual' })
  const code = new URL(back.headers.get('Location')).searchParams.get('code')
  return post('/token', { grant_type: 'authorization_code', code, client_id, code_verifier: verifier, redirect_uri: REDIRECT, resource: RESOURCE })
}
const browser = await logIn({})
const refreshed = await post('/token', { grant_type: 'refresh_token', refresh_token: browser.refresh_token, client_id, resource: RESOURCE })
console.log([
  `client credentials: ${await show(own)}`,
  `device: ${await show(device)}`,
  `browser: ${await show(browser)}`,
  `its refresh: ${await show(refreshed)}`,
  `browser with scope: ${await show(await logIn({ scope: 'notes:read' }))}`,
].join('; '))
server.close()
server.closeAllConnections()
JS
seen=$(node_modules/node/bin/node login.mjs 2> errors.log) || tail -5 errors.log
echo "$seen"
[ "$seen" = 'client credentials: scope "notes:read notes:write", 200; device: scope "notes:read notes:write", 200; browser: scope "", 403; its refresh: scope "", 403; browser with scope: scope "notes:read", 200' ] || { cat errors.log; echo 'This has changed.'; exit 1; }
