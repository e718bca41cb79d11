#!/usr/bin/env bash
# Versions: mock-jwks 3.3.5, jose 6.2.3, node 24.21.0, deno 2.9.6, bun 1.4.5 (npm). Standard: RFC 7518 §2, §6.3.1.1 (the numbers of an RSA
#            key are base64url without padding and without leading zeros).
# Guess:     a test with mock-jwks needs a runtime with `fetch` and nothing else: jose verifies the token of the mock on Node, Deno and Bun alike.
# Behaviour: the mock publishes `n` in base64, with `+`, `/`, `=` and a zero byte in front. Node imports that. Deno and Bun throw a DataError, which is no
#            error of JOSE, so that a handler answers 500 in place of 401, to every token. The tests of a server that move from Node to `bun test`
#            or `deno test` fail, and the server has no mistake: with `n` in base64url the same token verifies on all three.
# Output seen: node: as published ok, in base64url ok
#              deno: as published DataError, a JOSEError: false, in base64url ok
#              bun: as published DataError, a JOSEError: false, in base64url ok
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing mock-jwks 3.3.5, jose 6.2.3, node 24.21.0, deno 2.9.6 and bun 1.4.5'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund mock-jwks@3.3.5 jose@6.2.3 node@24.21.0 deno@2.9.6 bun@1.4.5 >> install.log 2>&1
cat > verify.mjs <<'JS'
import { createRequire } from 'node:module'
import * as jose from 'jose'

const { createJWKSMock } = createRequire(import.meta.url)('mock-jwks')
const ISSUER = 'https://issuer.example/'
const mock = createJWKSMock(ISSUER.slice(0, -1))
mock.start()
const { keys } = await (await fetch(`${ISSUER}.well-known/jwks.json`)).json()
mock.stop()
const token = mock.token({ iss: ISSUER, aud: 'api', exp: Math.floor(Date.now() / 1000) + 600 })
const verify = async (set) => {
  const key = jose.createLocalJWKSet({ keys: set })
  return jose.jwtVerify(token, key, { issuer: ISSUER, audience: 'api' }).then(
    () => 'ok',
    (error) => `${error.name}, a JOSEError: ${error instanceof jose.errors.JOSEError}`,
  )
}
const inBase64url = keys.map((key) => ({ ...key, n: Buffer.from(key.n, 'base64').toString('base64url') }))
console.log(`as published ${await verify(keys)}, in base64url ${await verify(inBase64url)}`)
process.exit()
JS
bin=node_modules/.bin
seen=$(
  echo "node: $($bin/node verify.mjs 2>> errors.log)"
  echo "deno: $($bin/deno run --quiet --allow-all verify.mjs 2>> errors.log)"
  echo "bun: $($bin/bun verify.mjs 2>> errors.log)"
) || { cat errors.log; exit 1; }
echo "$seen"
[ "$seen" = 'node: as published ok, in base64url ok
deno: as published DataError, a JOSEError: false, in base64url ok
bun: as published DataError, a JOSEError: false, in base64url ok' ] || { cat errors.log; echo 'This has changed.'; exit 1; }
