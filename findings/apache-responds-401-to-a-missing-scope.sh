#!/usr/bin/env bash
# Versions: Apache httpd 2.4.71, mod_auth_openidc 2.4.12.3 and mod_oauth2 3.3.1 (Debian 12), @modelcontextprotocol/client 2.4.0, jose 6.2.3, node 24.21.0
#            (npm). Standards: RFC 6750 §3.1 (`insufficient_scope`: 403, with the `scope` that is needed), RFC 9110 §15.5.2 (a 401 has a
#            `WWW-Authenticate`), MCP 2025-11-25, authorization (a 403 with `insufficient_scope` makes the client ask for the scope).
# Guess:     `Require claim scope~write` and `Require oauth2_claim scope:write` answer a good token without that scope as RFC 6750 says. The modules
#            contain the text of that challenge.
# Behaviour: both answer 401 without any challenge, because httpd gives a failed `Require` the status that makes a browser ask for another
#            password. An MCP client takes it for a token that has ended: each call refreshes, fails again, and no page asks for the scope. With
#            `AuthzSendForbiddenOnFailure On` it is a 403, still without a challenge, which ends the call. Only with a `Header` line as
#            well, which has to contain the scope by hand, the client asks the user.
# Output seen, for both modules: with the scope: 200; without it: 401, no challenge; AuthzSendForbiddenOnFailure: 403, no challenge; and Header: 403
#              insufficient_scope
#              client: three calls fail, 3 refreshes, no login page; then three calls fail, 0 refreshes, no login page; then a login page for "read write"
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
for needed in apache2 openssl /usr/lib/apache2/modules/mod_auth_openidc.so /usr/lib/apache2/modules/mod_oauth2.so; do
  PATH=$PATH:/usr/sbin command -v $needed > /dev/null || [ -f $needed ] || { echo 'This needs apt-get install apache2 openssl libapache2-mod-auth-openidc libapache2-mod-oauth2'; exit 2; }
done
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
dpkg-query -W apache2 libapache2-mod-auth-openidc libapache2-mod-oauth2 2> /dev/null || true
echo 'Installing @modelcontextprotocol/client 2.4.0, jose 6.2.3 and node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund @modelcontextprotocol/client@2.4.0 jose@6.2.3 node@24.21.0 >> install.log 2>&1
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 30 -subj /CN=keys > /dev/null 2>&1
chmod 711 "$work"
cat > ask.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { exportJWK, importPKCS8, importX509, SignJWT } from 'jose'

const privateKey = await importPKCS8(readFileSync('key.pem', 'utf8'), 'RS256')
const publicKey = await importX509(readFileSync('certificate.pem', 'utf8'), 'RS256', { extractable: true })
const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256', use: 'sig' }
let origin
let refreshes = 0

async function listen(handle) {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const document = await handle(request, body)
    if (typeof document === 'number') return response.writeHead(document).end()
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(document))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: server.address().port, server }
}
/** The authorization server: it gives the same scope at each refresh, as RFC 6749 §6 demands. */
const { port: issuerPort } = await listen(async ({ url }) => {
  if (url === '/token') {
    refreshes += 1
    return { access_token: await issue(), token_type: 'Bearer', expires_in: 300, refresh_token: 'refresh', scope: 'read' }
  }
  const endpoints = { issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` }
  return { ...endpoints, response_types_supported: ['code'], code_challenge_methods_supported: ['S256'] }
})
const issuer = `http://127.0.0.1:${issuerPort}`
const issue = () =>
  new SignJWT({ client_id: 'app', scope: 'read' }).setProtectedHeader({ alg: 'RS256', kid: 'k' }).setSubject('user')
    .setIssuer(issuer).setAudience('api').setIssuedAt().setExpirationTime('5m').sign(privateKey)
/** The MCP server behind Apache. */
const { port: backend } = await listen(({ url, method: verb }, body) => {
  if (url.startsWith('/.well-known/')) return { resource: `${origin}/mcp`, authorization_servers: [issuer], scopes_supported: ['read', 'write'] }
  if (verb !== 'POST') return 405
  const { id, method, params } = JSON.parse(body)
  if (id === undefined) return 202
  const hello = { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'notes', version: '1' } }
  return { jsonrpc: '2.0', id, result: method === 'initialize' ? hello : { content: [] } }
})

async function apache(module, verifier, require) {
  const free = await listen(() => 404)
  await new Promise((done) => free.server.close(done))
  origin = `http://127.0.0.1:${free.port}`
  const work = process.cwd()
  const modules = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'proxy', 'proxy_http', 'headers', module]
  writeFileSync('httpd.conf', `ServerRoot ${work}
ServerName 127.0.0.1
PidFile ${work}/pid
DefaultRuntimeDir ${work}
ErrorLog ${work}/error.log
Listen 127.0.0.1:${free.port}
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
User www-data
Group www-data
ProxyPass / http://127.0.0.1:${backend}/
${verifier}
<Location /mcp>
  ${require}
</Location>
`)
  const child = spawn('/usr/sbin/apache2', ['-d', work, '-f', 'httpd.conf', '-X'], { stdio: ['ignore', 'inherit', 'inherit'] })
  process.on('exit', () => child.kill('SIGKILL'))
  for (let tries = 0; tries < 200; tries += 1) {
    if (await fetch(`${origin}/.well-known/oauth-protected-resource`).then(({ ok }) => ok, () => false)) break
    await pause(50)
  }
  return async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
}

async function ask() {
  const headers = { Authorization: `Bearer ${await issue()}`, 'Content-Type': 'application/json' }
  const response = await fetch(`${origin}/mcp`, { method: 'POST', headers, body: '{"jsonrpc":"2.0","id":1,"method":"ping","params":{}}' })
  const challenge = response.headers.get('WWW-Authenticate')
  if (response.ok) return `${response.status}`
  return challenge === null ? `${response.status}, no challenge` : `${response.status} ${/error="(\w+)"/.exec(challenge)[1]}`
}
async function client() {
  refreshes = 0
  const pages = []
  const kept = { tokens: { access_token: await issue(), token_type: 'Bearer', refresh_token: 'refresh', scope: 'read', issuer } }
  const redirect = 'http://127.0.0.1/callback'
  const authProvider = {
    redirectUrl: redirect, clientMetadata: { redirect_uris: [redirect] }, clientInformation: () => ({ client_id: 'app', issuer }),
    tokens: () => kept.tokens, saveTokens: (tokens) => void (kept.tokens = tokens),
    codeVerifier: () => kept.verifier, saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
    discoveryState: () => kept.discovery, saveDiscoveryState: (found) => void (kept.discovery = found),
    redirectToAuthorization: ({ searchParams }) => void pages.push(searchParams.get('scope')),
  }
  let works = 0
  for (let call = 0; call < 3; call += 1) {
    const transport = new StreamableHTTPClientTransport(new URL(`${origin}/mcp`), { authProvider })
    await new Client({ name: 'app', version: '1' }).connect(transport).then(() => (works += 1), () => {})
  }
  if (works === 3) return 'three calls work'
  if (pages.length > 0) return `a login page for "${pages[0]}"`
  return `three calls fail, ${refreshes} refreshes, no login page`
}

const MODULES = {
  auth_openidc: {
    verifier: `OIDCOAuthVerifyCertFiles k#${process.cwd()}/certificate.pem\nOIDCOAuthRemoteUserClaim sub\nOIDCCryptoPassphrase secret`,
    variable: 'OIDC_OAUTH_BEARER_SCOPE_ERROR',
    require: (scope) => `AuthType oauth20\n  Require claim scope~${scope}`,
  },
  oauth2: {
    verifier: `OAuth2TokenVerify jwk "${JSON.stringify(jwk).replaceAll('"', '\\"')}" verify.exp=required`,
    variable: 'OAUTH2_BEARER_SCOPE_ERROR',
    require: (scope) => `AuthType oauth2\n  Require oauth2_claim scope:${scope}`,
  },
}
const FORBIDDEN = '\n  AuthzSendForbiddenOnFailure On'
const FIELD = (variable) => `${FORBIDDEN}
  Header always set WWW-Authenticate "Bearer error=\\"insufficient_scope\\", scope=\\"read write\\"" env=${variable}`
for (const [name, { verifier, require, variable }] of Object.entries(MODULES)) {
  const seen = []
  for (const lines of [require('read'), require('write'), require('write') + FORBIDDEN, require('write') + FIELD(variable)]) {
    const stop = await apache(name, verifier, lines)
    seen.push([await ask(), await client()])
    await stop()
  }
  const [good, missing, forbidden, field] = seen.map(([status]) => status)
  console.log(`mod_${name}: with the scope: ${good}; without it: ${missing}; AuthzSendForbiddenOnFailure: ${forbidden}; and Header: ${field}`)
  console.log(`  client: ${seen.map(([, calls]) => calls).join('; ')}`)
}
process.exit()
JS
seen=$(node_modules/.bin/node ask.mjs 2> errors.log) || { tail -5 errors.log; exit 1; }
echo "$seen"
statuses='with the scope: 200; without it: 401, no challenge; AuthzSendForbiddenOnFailure: 403, no challenge; and Header: 403 insufficient_scope'
calls='three calls work; three calls fail, 3 refreshes, no login page; three calls fail, 0 refreshes, no login page; a login page for "read write"'
[ "$seen" = "mod_auth_openidc: $statuses
  client: $calls
mod_oauth2: $statuses
  client: $calls" ] || { echo 'This has changed.'; exit 1; }
