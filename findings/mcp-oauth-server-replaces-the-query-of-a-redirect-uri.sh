#!/usr/bin/env bash
# Versions: mcp-oauth-server 1.0.0, express 5.3.0, express-rate-limit 8.7.5, node 24.21.0 (npm). Standard: RFC 6749 §3.1.2 (the query of a
#            redirect URI is retained), §4.1.2.
# Guess:     a client that tells its servers apart by the query of its redirect URI, `/callback?server=notes`, gets the code there, and
#            errors, too.
# Behaviour: the registration and the authorization request with that URI succeed, and the token endpoint accepts it. The
#            browser arrives at `/callback` with `code`, `state` and `iss`: they replace the query. Errors keep it. So a client that was
#            tested with an error finds its server, and does not after a login. A path, or `state`, survives both.
# Output seen: login: /callback, code iss state; its code at the token endpoint: 200; error: /callback, error error_description iss server state; a path: /callback/notes, code iss state
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
import { authenticateHandler, mcpAuthRouter, OAuthServer } from 'mcp-oauth-server'

const RESOURCE = 'https://mcp.example/notes'
const verifier = 'v'.repeat(43)
const app = express()
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = `http://127.0.0.1:${server.address().port}`
const provider = new OAuthServer({ issuerUrl: new URL(origin), authorizationUrl: new URL(`${origin}/consent`), scopesSupported: ['notes:read'] })
app.use(mcpAuthRouter({ provider }))
app.use('/confirm', authenticateHandler({ provider, getUser: async () => 'user' }))

/** Registers a client, and logs it in. Returns where the browser arrives. */
async function logIn(redirect_uri, scope) {
  const body = JSON.stringify({ redirect_uris: [redirect_uri], token_endpoint_auth_method: 'none' })
  const registered = await fetch(`${origin}/register`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
  const { client_id } = await registered.json()
  const query = new URLSearchParams({
    client_id, redirect_uri, response_type: 'code', state: 's', scope, resource: RESOURCE,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256',
  })
  const next = new URL((await fetch(`${origin}/authorize?${query}`, { redirect: 'manual' })).headers.get('Location'))
  if (next.pathname !== '/consent') return { client_id, arrived: next }
  const back = await fetch(`${origin}/confirm`, { method: 'POST', body: next.searchParams, redirect: 'manual' })
  return { client_id, arrived: new URL(back.headers.get('Location')) }
}
const show = ({ pathname, searchParams }) => `${pathname}, ${[...searchParams.keys()].sort().join(' ')}`

const URI = 'https://client.example/callback?server=notes'
const { client_id, arrived } = await logIn(URI, 'notes:read')
const form = { grant_type: 'authorization_code', code: arrived.searchParams.get('code'), client_id, code_verifier: verifier, redirect_uri: URI, resource: RESOURCE }
const { status } = await fetch(`${origin}/token`, { method: 'POST', body: new URLSearchParams(form) })
const failed = await logIn(URI, 'notes:unknown')
const path = await logIn('https://client.example/callback/notes', 'notes:read')
console.log(`login: ${show(arrived)}; its code at the token endpoint: ${status}; error: ${show(failed.arrived)}; a path: ${show(path.arrived)}`)
server.close()
server.closeAllConnections()
JS
seen=$(node_modules/node/bin/node login.mjs 2> errors.log) || tail -5 errors.log
echo "$seen"
[ "$seen" = 'login: /callback, code iss state; its code at the token endpoint: 200; error: /callback, error error_description iss server state; a path: /callback/notes, code iss state' ] || { cat errors.log; echo 'This has changed.'; exit 1; }
