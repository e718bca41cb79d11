#!/usr/bin/env bash
# Versions: node 24.21.0 (npm), miniflare 4.20260730.0 with its workerd. Standard: RFC 8017 §8.2.2, Web Cryptography.
# Guess:     where `importKey` accepts an RSA public key, `verify` can use it; an unsupported size is an error at import.
# Behaviour: workerd imports an RSA key of 8,200 bits and then answers `false` to a good RS256 signature, without an
#            error; a key of 8,192 bits works. A verifier cannot tell this from a forged token. Node verifies both.
# Output seen: 8192: node true, workerd true; 8200: node true, workerd false
# Takes up to two minutes: two large keys are generated.
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
export TMPDIR="$work"
echo 'Installing node 24.21.0 and miniflare 4.20260730.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund node@24.21.0 miniflare@4.20260730.0 >> install.log 2>&1
cat > sizes.mjs <<'JS'
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { Miniflare } from 'miniflare'

const script = `export default { async fetch(request) {
  const { jwk, signature, data } = await request.json()
  const bytes = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0))
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['verify'])
  return new Response(String(await crypto.subtle.verify(algorithm, key, bytes(signature), bytes(data))))
} }`
const worker = new Miniflare({
  cf: false,
  modules: true,
  script,
  compatibilityDate: '2026-06-01',
  outboundService: () => { throw new Error('no network') },
})
const data = Buffer.from('a signed message')
const seen = []
for (const modulusLength of [8192, 8200]) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength })
  const signature = sign('sha256', data, privateKey)
  const body = JSON.stringify({
    jwk: publicKey.export({ format: 'jwk' }),
    signature: signature.toString('base64'),
    data: data.toString('base64'),
  })
  const response = await worker.dispatchFetch('http://127.0.0.1/', { method: 'POST', body })
  seen.push(`${modulusLength}: node ${verify('sha256', data, publicKey, signature)}, workerd ${await response.text()}`)
}
console.log(seen.join('; '))
await worker.dispose()
JS
seen=$(PATH="$work/node_modules/.bin:$PATH" node sizes.mjs)
echo "$seen"
[ "$seen" = '8192: node true, workerd true; 8200: node true, workerd false' ] || { echo 'This has changed.'; exit 1; }
