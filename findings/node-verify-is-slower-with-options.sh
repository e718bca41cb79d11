#!/usr/bin/env bash
# Versions: node 24.21.0, node 26.10.0 and node 22.12.0 (npm). Standard: RFC 7518 §3.3, §3.4.
# Guess:     crypto.verify(hash, data, { key }, signature) takes as long as crypto.verify(hash, data, key, signature): both have the
#            same KeyObject. `dsaEncoding: 'ieee-p1363'`, the ES256 form of JOSE, is a copy of 64 bytes.
# Behaviour: Node 24.21 asks whether { key } is a KeyObject, and then whether it is a CryptoKey, by a native call that throws for
#            anything else; both exceptions are caught. An RS256 verification takes 1.5 to 1.7 times as long, and ES256 by
#            `ieee-p1363` 1.4 times as long as by DER with the bare key. Node 26.2 to 26.8 do so, too, with
#            ES256 1.2 to 1.6. It is fixed in Node 26.10. On Node 22.12 both forms take the same time.
# Output seen: node 24.21.0: RS256 with { key } 1.53, ES256 with ieee-p1363 1.45
#              node 26.10.0: RS256 with { key } 1.00, ES256 with ieee-p1363 1.03
#              node 22.12.0: RS256 with { key } 0.99, ES256 with ieee-p1363 1.03
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
cat > cost.mjs <<'JS'
import { generateKeyPairSync, sign, verify } from 'node:crypto'
const data = Buffer.alloc(800, 'a')
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const rs = sign('sha256', data, rsa.privateKey)
const der = sign('sha256', data, ec.privateKey)
const raw = sign('sha256', data, { key: ec.privateKey, dsaEncoding: 'ieee-p1363' })
const work = [
  () => verify('sha256', data, rsa.publicKey, rs),
  () => verify('sha256', data, { key: rsa.publicKey }, rs),
  () => verify('sha256', data, ec.publicKey, der),
  () => verify('sha256', data, { key: ec.publicKey, dsaEncoding: 'ieee-p1363' }, raw),
]
// Processor time, the least of 40 rounds in turn.
const least = work.map(() => Infinity)
for (let round = 0; round < 40; round++) {
  for (const [index, run] of work.entries()) {
    const began = process.cpuUsage()
    for (let count = 0; count < 200; count++) if (!run()) throw new Error('not verified')
    const { user, system } = process.cpuUsage(began)
    least[index] = Math.min(least[index], user + system)
  }
}
console.log((least[1] / least[0]).toFixed(2), (least[3] / least[2]).toFixed(2))
JS
seen=''
for package in node@24.21.0 node@26.10.0 node@22.12.0; do
  version=${package#node@}
  echo "Installing node $version"
  mkdir "$version"
  (cd "$version" && npm init -y && npm install --no-audit --no-fund "$package") > "install-$version.log" 2>&1
  read -r rs es <<< "$("$version/node_modules/.bin/node" cost.mjs)"
  echo "node $version: RS256 with { key } $rs, ES256 with ieee-p1363 $es"
  seen="$seen $(awk -v rs="$rs" -v es="$es" 'BEGIN { print (rs > 1.3) (es > 1.2) }')"
done
[ "$seen" = ' 11 00 00' ] || { echo 'This has changed.'; exit 1; }
