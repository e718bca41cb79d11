#!/usr/bin/env bash
# Versions: node 24.21.0 (npm), miniflare 4.20260730.0 with its workerd. Standards: RFC 8037 §3.1, RFC 9864 §2.2, Web Cryptography.
# Guess:     an Ed25519 public key that one runtime exports as a JWK is imported by every other runtime.
# Behaviour: Node writes `alg: "Ed25519"` (RFC 9864) into the JWK; workerd takes the same key with `alg: "EdDSA"` or
#            without `alg`, and throws a DataError for "Ed25519". Its message blames the curve. A key set made by a Node
#            program therefore verifies nothing on Workers until `alg` is removed before the import.
# Output seen: node writes Ed25519; as written: DataError; EdDSA: imported; without alg: imported
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
export TMPDIR="$work"
echo 'Installing node 24.21.0 and miniflare 4.20260730.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund node@24.21.0 miniflare@4.20260730.0 >> install.log 2>&1
cat > keys.mjs <<'JS'
import { Miniflare } from 'miniflare'

const pair = await crypto.subtle.generateKey({ name: 'Ed25519' }, true, ['sign', 'verify'])
const jwk = await crypto.subtle.exportKey('jwk', pair.publicKey)
const { alg, ...bare } = jwk
const script = `export default { async fetch(request) {
  try {
    await crypto.subtle.importKey('jwk', await request.json(), { name: 'Ed25519' }, true, ['verify'])
    return new Response('imported')
  } catch (error) { return new Response(error.name) }
} }`
const worker = new Miniflare({
  cf: false,
  modules: true,
  script,
  compatibilityDate: '2026-06-01',
  outboundService: () => { throw new Error('no network') },
})
const tryKey = async (key) =>
  (await worker.dispatchFetch('http://127.0.0.1/', { method: 'POST', body: JSON.stringify(key) })).text()
console.log(
  `node writes ${alg}; as written: ${await tryKey(jwk)}; EdDSA: ${await tryKey({ ...bare, alg: 'EdDSA' })}; without alg: ${await tryKey(bare)}`,
)
await worker.dispose()
JS
seen=$(PATH="$work/node_modules/.bin:$PATH" node keys.mjs)
echo "$seen"
[ "$seen" = 'node writes Ed25519; as written: DataError; EdDSA: imported; without alg: imported' ] || { echo 'This has changed.'; exit 1; }
