#!/usr/bin/env bash
# Versions: @atproto/oauth-provider 0.22.9, jose 6.2.3, jwks-rsa 4.1.0, express-oauth2-jwt-bearer 1.10.0, oauth4webapi 3.8.8, express 5.3.0,
#            node 24.21.0 (npm). Standards: RFC 7517 §4.3 (`key_ops`), RFC 9068 §4.
# Guess:     the access tokens are JWTs of the type at+jwt, signed with ES256 by a key that the library generated, and the key set is published. A
#            resource server of any JOSE library verifies them. The provider itself signs with jose, so at least jose does.
# Behaviour: the published key says `key_ops: ["verify", "encrypt", "wrapKey"]`, the public half of everything that a key could do, because a
#            generated key says nothing. An EC key cannot encrypt: jose passes the three operations on to WebCrypto, which throws a SyntaxError.
#            That is no error of JOSE, so handlers that turn those into a 401 answer 500, for every token. jwks-rsa, which imports keys with
#            jose, finds no signing key. express-oauth2-jwt-bearer and oauth4webapi request `verify` only, and accept the token. A
#            private JWK with `alg` and `key_ops: ["sign"]` is published with `verify` alone.
# Output seen: generated: verify encrypt wrapKey; jose SyntaxError, a JOSEError: false, jwks-rsa JwksError, express-oauth2-jwt-bearer 200, oauth4webapi ok
#              with alg and key_ops: verify; jose ok, jwks-rsa ok, express-oauth2-jwt-bearer 200, oauth4webapi ok
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing @atproto/oauth-provider 0.22.9, jose 6.2.3, jwks-rsa 4.1.0, express-oauth2-jwt-bearer 1.10.0, oauth4webapi 3.8.8, express 5.3.0'
echo 'and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund @atproto/oauth-provider@0.22.9 jose@6.2.3 jwks-rsa@4.1.0 express-oauth2-jwt-bearer@1.10.0 \
  oauth4webapi@3.8.8 express@5.3.0 node@24.21.0 >> install.log 2>&1
cat > verify.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createVerify } from 'node:crypto'
import { oauthMiddleware } from '@atproto/oauth-provider/middleware'
import { JoseKey, OAuthProvider } from '@atproto/oauth-provider/provider'
import express from 'express'
import { auth } from 'express-oauth2-jwt-bearer'
import * as jose from 'jose'
import jwksRsa from 'jwks-rsa'
import * as oauth from 'oauth4webapi'

const API = 'https://api.example'
// The access token needs no storage.
const store = new Proxy({}, { get: () => () => null, has: () => true })
const listen = async (server) => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${server.address().port}`
}

async function run(name, key) {
  const http = createServer()
  const issuer = await listen(http)
  // `onCreateToken` sets the audience in a real provider; here the signer of the provider is called as its token endpoint does.
  const provider = new OAuthProvider({ issuer, keyset: [key], store })
  http.on('request', oauthMiddleware(provider))
  const as = await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json()
  const { keys } = await (await fetch(as.jwks_uri)).json()
  const now = Math.floor(Date.now() / 1000)
  const claims = { sub: 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa', aud: API, client_id: 'https://app.example/client', iat: now, exp: now + 600 }
  const token = await provider.signer.createAccessToken({ ...claims, jti: `tok-${'0'.repeat(32)}` })
  const outcome = (promise) => promise.then(() => 'ok', (error) => error.name)
  const joseOutcome = (promise) => promise.then(() => 'ok', (error) => `${error.name}, a JOSEError: ${error instanceof jose.errors.JOSEError}`)

  const app = express()
  app.get('/', auth({ issuer, jwksUri: as.jwks_uri, audience: API, tokenSigningAlg: 'ES256' }), (_, response) => response.send('ok'))
  app.use((error, _request, response, _next) => response.sendStatus(error.status ?? 500))
  const server = createServer(app)
  const headers = { Authorization: `Bearer ${token}` }
  const { status } = await fetch(await listen(server), { headers })

  const [head, body, signature] = token.split('.')
  const rsa = async () => {
    const found = await jwksRsa({ jwksUri: as.jwks_uri }).getSigningKey('key-1')
    const encoded = { key: found.getPublicKey(), dsaEncoding: 'ieee-p1363' }
    if (!createVerify('sha256').update(`${head}.${body}`).verify(encoded, signature, 'base64url')) throw new Error('signature')
  }
  const request = new Request(API, { headers })
  const insecure = { [oauth.allowInsecureRequests]: true }
  const seen = {
    jose: await joseOutcome(jose.jwtVerify(token, jose.createRemoteJWKSet(new URL(as.jwks_uri)), { issuer, audience: API })),
    'jwks-rsa': await outcome(rsa()),
    'express-oauth2-jwt-bearer': status,
    oauth4webapi: await outcome(oauth.validateJwtAccessToken(as, request, API, insecure)),
  }
  console.log(`${name}: ${keys[0].key_ops.join(' ')}; ${Object.entries(seen).map((each) => each.join(' ')).join(', ')}`)
}

await run('generated', await JoseKey.generate(['ES256'], 'key-1'))
const { privateKey } = await jose.generateKeyPair('ES256', { extractable: true })
const jwk = { ...(await jose.exportJWK(privateKey)), kid: 'key-1', alg: 'ES256', key_ops: ['sign'] }
await run('with alg and key_ops', await JoseKey.fromImportable(jwk))
process.exit()
JS
seen=$(node_modules/.bin/node verify.mjs 2> errors.log) || { cat errors.log; exit 1; }
echo "$seen"
[ "$seen" = 'generated: verify encrypt wrapKey; jose SyntaxError, a JOSEError: false, jwks-rsa JwksError, express-oauth2-jwt-bearer 200, oauth4webapi ok
with alg and key_ops: verify; jose ok, jwks-rsa ok, express-oauth2-jwt-bearer 200, oauth4webapi ok' ] || { echo 'This has changed.'; exit 1; }
