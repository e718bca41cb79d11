#!/usr/bin/env bash
# Versions: Glewlwyd 2.7.5 (Debian 12), node 24.21.0 (npm). Standard: RFC 7662 §2.2, RFC 9701 §5 (`aud`: the resource server;
#            an inactive token is a signed response with `active: false` in `token_introspection`).
# Guess:     `Accept: application/token-introspection+jwt` changes the form of an introspection response, and nothing else.
# Behaviour: it changes the status, too. An unknown or a revoked token is 200 `{"active":false}` as JSON, and 400 with an
#            empty body where a signed response is requested: the same status as for a malformed request. The `aud` of a
#            signed response is the audience of the token, not the client that introspects.
# Output seen: good: 200 active, signed 200 for the audience of the token; unknown: 200 inactive, signed 400 empty; revoked: 200 inactive, signed 400 empty
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
command -v glewlwyd > /dev/null || { echo 'This needs Glewlwyd: apt-get install glewlwyd dbconfig-no-thanks'; exit 2; }
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
dpkg-query -W glewlwyd 2> /dev/null || true
echo 'Installing node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund node@24.21.0 >> install.log 2>&1
cat > ask.mjs <<'JS'
import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { DatabaseSync } from 'node:sqlite'

const free = createServer().listen(0, '127.0.0.1')
await once(free, 'listening')
const { port } = free.address()
await new Promise((resolve) => free.close(resolve))
const origin = `http://127.0.0.1:${port}`
const issuer = `${origin}/api/oidc`
const resource = 'https://mcp.example/notes'
const schema = '/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3'
new DatabaseSync('glewlwyd.db').exec(readFileSync(schema, 'utf8'))
const modules = ['user', 'user_middleware', 'client', 'plugin'].map((name) => `${name}_module_path="/usr/lib/glewlwyd/${name}"`)
writeFileSync('glewlwyd.conf', `port=${port}
bind_address="127.0.0.1"
external_url="${origin}"
login_url="login.html"
api_prefix="api"
static_files_path="/usr/share/glewlwyd/webapp/"
log_mode="console"
log_level="NONE"
cookie_domain="127.0.0.1"
cookie_secure=0
session_expiration=3600
session_key="SESSION"
admin_scope="g_admin"
profile_scope="g_profile"
${modules.join('\n')}
user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
hash_algorithm="SHA512"
database = { type = "sqlite3" path = "${process.cwd()}/glewlwyd.db" };
`)
const child = spawn('glewlwyd', ['--config-file', 'glewlwyd.conf'], { stdio: 'ignore' })
process.on('exit', () => child.kill('SIGKILL'))
for (let tries = 0; tries < 200 && !(await fetch(`${origin}/api/`).then(() => true, () => false)); tries += 1)
  await new Promise((resolve) => setTimeout(resolve, 50))
let cookie = ''
const add = async (path, body) => {
  const headers = { 'Content-Type': 'application/json', Cookie: cookie }
  const response = await fetch(`${origin}/api${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return response
}
cookie = (await add('/auth/', { username: 'admin', password: 'password' })).headers.getSetCookie()[0].split(';')[0]
await add('/scope', { name: 'read', display_name: 'Read', description: 'Read', password_required: false, scheme: {} })
await add('/client', {
  client_id: 'notes', name: 'notes', enabled: true, confidential: true, password: 'secret-of-notes', scope: ['read'],
  authorization_type: ['client_credentials'], token_endpoint_auth_method: ['client_secret_basic'], redirect_uri: [],
})
const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
await add('/mod/plugin/', {
  module: 'oidc', name: 'oidc', display_name: 'OpenID Connect',
  parameters: {
    iss: issuer, 'jwks-private': JSON.stringify({ keys: [{ ...jwk, kid: 'k', alg: 'ES256' }] }), 'jwks-show': true,
    'access-token-duration': 3600, 'refresh-token-duration': 86400, 'code-duration': 600, 'allow-non-oidc': true,
    'auth-type-client-enabled': true, 'introspection-revocation-allowed': true,
    'introspection-revocation-allow-target-client': true, 'resource-allowed': true, 'resource-scope': { read: [resource] },
  },
})
const post = (path, form, accept) =>
  fetch(issuer + path, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa('notes:secret-of-notes')}`, ...(accept && { Accept: accept }) },
    body: new URLSearchParams(form),
  })
const { access_token: token } = await (await post('/token', { grant_type: 'client_credentials', scope: 'read', resource })).json()
const ask = async (name, asked) => {
  const plain = await post('/introspect', { token: asked }, 'application/json')
  const signed = await post('/introspect', { token: asked }, 'application/token-introspection+jwt')
  const text = await signed.text()
  const state = (await plain.json()).active ? 'active' : 'inactive'
  const aud = text === '' ? 'empty' : JSON.parse(Buffer.from(text.split('.')[1], 'base64url')).aud
  const whose = aud === resource ? 'for the audience of the token' : aud
  return `${name}: ${plain.status} ${state}, signed ${signed.status} ${whose}`
}
const seen = [await ask('good', token), await ask('unknown', 'an-unknown-token')]
await post('/revoke', { token })
seen.push(await ask('revoked', token))
console.log(seen.join('; '))
process.exit()
JS
seen=$(PATH="$work/node_modules/.bin:$PATH" node ask.mjs 2> warnings.log)
echo "$seen"
[ "$seen" = 'good: 200 active, signed 200 for the audience of the token; unknown: 200 inactive, signed 400 empty; revoked: 200 inactive, signed 400 empty' ] || { echo 'This has changed.'; exit 1; }
