#!/usr/bin/env bash
# Versions: oidc-provider 9.13.3 (npm). Standard: RFC 7662 §2.1, §2.2 (for a token that is unknown, `active` is false).
# Guess:     an introspection endpoint answers 200 `{"active":false}` to a token that it does not know, whatever it looks like.
# Behaviour: every token that decodes as a JWT is 400 `unsupported_token_type`, also one of a foreign issuer, before any
#            look-up. A resource server that reads a 400 as a failure of the server counts one for each JWT, good or bad.
# Output seen: opaque: 200 {"active":false}; foreign JWT: 400 unsupported_token_type
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing node 24.21.0 and oidc-provider 9.13.3'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund node@24.21.0 oidc-provider@9.13.3 >> install.log 2>&1
cat > ask.mjs <<'JS'
import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import Provider from 'oidc-provider'

const server = createServer().listen(0, '127.0.0.1')
await once(server, 'listening')
const issuer = `http://127.0.0.1:${server.address().port}`
const secret = 'a-secret-of-the-resource-server'
const provider = new Provider(issuer, {
  clients: [{ client_id: 'rs', client_secret: secret, redirect_uris: [], grant_types: [], response_types: [] }],
  features: { introspection: { enabled: true } },
})
server.on('request', provider.callback())
const ask = async (token) =>
  fetch(`${issuer}/token/introspection`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`rs:${secret}`)}` },
    body: new URLSearchParams({ token }),
  })
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const signed = `${part({ alg: 'RS256', typ: 'at+jwt' })}.${part({ iss: 'https://other.example', sub: 'user' })}`
const jwt = `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`
const opaque = await ask('an-opaque-token')
const foreign = await ask(jwt)
console.log(`opaque: ${opaque.status} ${await opaque.text()}; foreign JWT: ${foreign.status} ${(await foreign.json()).error}`)
server.close()
JS
seen=$(PATH="$work/node_modules/.bin:$PATH" node ask.mjs 2> warnings.log | tail -n 1)
echo "$seen"
[ "$seen" = 'opaque: 200 {"active":false}; foreign JWT: 400 unsupported_token_type' ] || { echo 'This has changed.'; exit 1; }
