#!/usr/bin/env bash
# Versions: jsrsasign 11.1.5 and jose 6.2.3, node 24.21.0 (npm). Standard: RFC 7518 §3.4 (an ES512 signature has 132 bytes).
# Guess:     a signer that round-trips with itself and with another library once is correct; ECDSA does not fail at random.
# Behaviour: the two numbers of a signature are padded to the longer one of them, not to the curve. One in four ES512 signatures
#            has 130 bytes. jsrsasign verifies it, WebCrypto, Node and jose do not: one in four tokens is 401, a retry with a
#            new token helps, and nothing in the token looks wrong. ES256 and ES384 fail one time in 65,536.
# Output seen: of 60: some have 130 bytes, the others 132; jsrsasign verifies: 60; jose verifies those of 132 bytes and no other: true
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing jsrsasign 11.1.5, jose 6.2.3 and node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund jsrsasign@11.1.5 jose@6.2.3 node@24.21.0 >> install.log 2>&1
cat > sign.mjs <<'JS'
import { generateKeyPairSync } from 'node:crypto'
import { compactVerify } from 'jose'
import { KEYUTIL, KJUR } from 'jsrsasign'

const pair = generateKeyPairSync('ec', { namedCurve: 'P-521' })
const privateKey = KEYUTIL.getKey(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }))
const publicKey = KEYUTIL.getKey(pair.publicKey.export({ type: 'spki', format: 'pem' }))
const tokens = Array.from({ length: 60 }, (_, jti) =>
  KJUR.jws.JWS.sign('ES512', { alg: 'ES512' }, { jti }, privateKey),
)
const bytesOf = (token) => Buffer.from(token.split('.')[2], 'base64url').length
const short = tokens.filter((token) => bytesOf(token) === 130).length
const full = tokens.filter((token) => bytesOf(token) === 132).length
const own = tokens.filter((token) => KJUR.jws.JWS.verify(token, publicKey, ['ES512'])).length
const isVerified = await Promise.all(
  tokens.map((token) => compactVerify(token, pair.publicKey).then(() => true, () => false)),
)
const isAsExpected = tokens.every((token, index) => isVerified[index] === (bytesOf(token) === 132))
const count = short > 0 && short < 40 && short + full === 60 ? 'some have 130 bytes, the others 132' : `${short} and ${full}`
console.log(`of 60: ${count}; jsrsasign verifies: ${own}; jose verifies those of 132 bytes and no other: ${isAsExpected}`)
JS
seen=$(PATH="$work/node_modules/.bin:$PATH" node sign.mjs)
echo "$seen"
[ "$seen" = 'of 60: some have 130 bytes, the others 132; jsrsasign verifies: 60; jose verifies those of 132 bytes and no other: true' ] || { echo 'This has changed.'; exit 1; }
