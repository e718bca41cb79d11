#!/usr/bin/env bash
# Versions: libscitokens 0.7.3, the verifier of XRootD and HTCondor (Debian 12), jose 6.2.3 and node 24.21.0 (npm). Standards: OpenID Connect Core
#            §10.1.1 ("the verifier knows to go back to the jwks_uri location to re-retrieve the keys when it sees an unfamiliar kid value"), RFC 9111
#            §5.2.2.1 (`max-age`).
# Guess:     a token with an unknown `kid` costs one fetch of the key set, and a restart forgets the old set. A rotation can start as soon
#            as the new key is published, at the latest after the `max-age` of the set.
# Behaviour: an unknown `kid` fetches nothing. The set is asked for again ten minutes after it was fetched, whatever `Cache-Control` says, and until
#            then a good token fails with "Key ID is not published by the issuer". The set lies in a file below `~/.cache`, so a new process, and
#            a restart of the service, reject it, too. A new machine accepts it, so the servers of one site disagree. To help at
#            once, remove `~/.cache/scitokens`; to prevent it, publish each key ten minutes before it signs.
# Output seen, with a `max-age` of 60 s: old key: ok, 1 fetch; new key published: Key ID is not published by the issuer, 0 fetches; old key: ok,
#              0 fetches; new key, 9 minutes later: Key ID is not published by the issuer, 0 fetches; 11 minutes later: ok, 1 fetch; on
#              a new machine: ok, 1 fetch
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
unshare -rm true 2> /dev/null && python3 -c 'import ctypes; ctypes.CDLL("libSciTokens.so.0")' 2> /dev/null && command -v faketime openssl > /dev/null || {
  echo 'This needs Linux with user namespaces, and apt-get install libscitokens0 ca-certificates faketime openssl python3'
  exit 2
}
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
dpkg-query -W libscitokens0 2> /dev/null || true
echo 'Installing jose 6.2.3 and node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund jose@6.2.3 node@24.21.0 >> install.log 2>&1
names='subjectAltName=DNS:localhost,IP:127.0.0.1'
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out ca.pem -days 30 -subj /CN=localhost -addext "$names" > /dev/null 2>&1
cat /etc/ssl/certs/ca-certificates.crt ca.pem > authorities.pem
cat > verify.py <<'PY'
import ctypes
import sys

library = ctypes.CDLL("libSciTokens.so.0")
token, error = ctypes.c_void_p(), ctypes.c_char_p()
failed = library.scitoken_deserialize(sys.argv[1].encode(), ctypes.byref(token), None, ctypes.byref(error))
print(error.value.decode().rstrip(".") if failed else "ok")
PY
cat > verify.sh <<'BASH'
# In a mount namespace of its own, where the authority of the test is trusted.
mount --bind authorities.pem /etc/ssl/certs/ca-certificates.crt
XDG_CACHE_HOME=$1 exec faketime -f "$2" python3 verify.py "$3"
BASH
cat > ask.mjs <<'JS'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { promisify } from 'node:util'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

const published = []
let fetches = 0
const server = createServer({ key: readFileSync('key.pem'), cert: readFileSync('ca.pem') }, ({ url }, response) => {
  response.setHeader('Content-Type', 'application/json')
  response.setHeader('Cache-Control', 'max-age=60')
  if (url !== '/jwks') return response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/jwks` }))
  fetches += 1
  response.end(JSON.stringify({ keys: published }))
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const issuer = `https://localhost:${server.address().port}`

async function createToken(kid) {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const claims = { ver: 'scitoken:2.0', aud: 'ANY', scope: 'read:/', sub: 'user', iss: issuer }
  const token = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid })
    .setIssuedAt().setNotBefore('1 minute ago').setExpirationTime('2 hours').sign(privateKey)
  return { token, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } }
}
/** What a new process says, with the cache of a machine. */
async function verify({ token }, { minutes = 0, machine = 'first' } = {}) {
  fetches = 0
  mkdirSync(machine, { recursive: true })
  const directory = `${process.cwd()}/${machine}`
  const { stdout } = await promisify(execFile)('unshare', ['-rm', 'bash', 'verify.sh', directory, `+${minutes}m`, token])
  return `${stdout.trim()}, ${fetches} fetch${fetches === 1 ? '' : 'es'}`
}
const [today, tomorrow] = [await createToken('today'), await createToken('tomorrow')]
published.push(today.jwk)
const seen = [`old key: ${await verify(today)}`]
published.push(tomorrow.jwk)
seen.push(`new key published: ${await verify(tomorrow)}`)
seen.push(`old key: ${await verify(today)}`)
seen.push(`new key, 9 minutes later: ${await verify(tomorrow, { minutes: 9 })}`)
seen.push(`11 minutes later: ${await verify(tomorrow, { minutes: 11 })}`)
seen.push(`on a new machine: ${await verify(tomorrow, { machine: 'second' })}`)
console.log(seen.join('; '))
process.exit()
JS
seen=$(node_modules/.bin/node ask.mjs 2> errors.log) || { tail -5 errors.log; exit 1; }
echo "$seen"
no='Key ID is not published by the issuer'
[ "$seen" = "old key: ok, 1 fetch; new key published: $no, 0 fetches; old key: ok, 0 fetches; new key, 9 minutes later: $no, 0 fetches; 11 minutes later: ok, 1 fetch; on a new machine: ok, 1 fetch" ] || { echo 'This has changed.'; exit 1; }
