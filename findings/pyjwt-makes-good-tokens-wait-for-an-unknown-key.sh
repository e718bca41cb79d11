#!/usr/bin/env bash
# Versions: PyJWT 2.15.1 and cryptography 50.0.2 (PyPI, Python 3.11), jose 6.2.3, jwks-rsa 4.1.0, jsonwebtoken 9.0.3, node 24.21.0 (npm).
#            Documentation of PyJWT: `PyJWKClient`, `timeout` (30 s by default), `cooldown_duration` (the time between two fetches
#            for unknown keys, 30 s), `lifespan` of the set in its cache (300 s).
# Guess:     tokens whose key is in the cache verify at once, whatever the key endpoint does. If a token names a key that is not there, as the
#            first ones after a rotation do, that token waits for the fetch, and the others do not. While the endpoint does not respond, there is
#            one fetch in `cooldown_duration`.
# Behaviour: PyJWKClient holds one lock while it looks a key up, and while it fetches. Each token with the new key waits for `timeout` alone, one after
#            the other, and every good token waits with them: behind three of them 90 seconds, with a key that is in the cache. Only
#            a successful fetch starts the cooldown. So a key endpoint that hangs in the minutes after a rotation stops all threads of an API, those
#            for users with old tokens, too. An endpoint that refuses the connection has no such effect. With jose and jwks-rsa good tokens
#            verify at once.
# Output seen, with a timeout of 3 s, three new tokens at an endpoint that hangs, then three good ones:
#            PyJWT 2.15.1: good tokens after 9 s; jose: good tokens after 0 s; jwks-rsa: good tokens after 0 s
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && cd "$work"
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT
echo 'Installing PyJWT 2.15.1, cryptography 50.0.2 and, from npm, the packages above'
python3 -m venv venv && venv/bin/pip install --quiet --retries 0 PyJWT==2.15.1 cryptography==50.0.2 > install.log 2>&1
npm init -y >> install.log 2>&1
npm install --no-audit --no-fund jose@6.2.3 jwks-rsa@4.1.0 jsonwebtoken@9.0.3 node@24.21.0 >> install.log 2>&1
cat > server.mjs <<'JS'
// The key endpoint: the first response has the key of today, and there is none after that. /tokens has a token of today and one of tomorrow.
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

const sign = ({ privateKey }, kid) => new SignJWT({ sub: 'user' }).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey)
const pairs = [await generateKeyPair('RS256'), await generateKeyPair('RS256')]
const keys = [{ ...(await exportJWK(pairs[0].publicKey)), kid: 'today', alg: 'RS256', use: 'sig' }]
const tokens = { good: await sign(pairs[0], 'today'), fresh: await sign(pairs[1], 'tomorrow') }
const seen = new Set()
const server = createServer(({ url }, response) => {
  if (url === '/tokens') return response.end(JSON.stringify(tokens))
  if (!seen.has(url)) response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys }))
  seen.add(url)
}).listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
JS
cat > threads.py <<'PY'
import json, sys, threading, time, urllib.request
import jwt

origin = sys.argv[1]
tokens = json.load(urllib.request.urlopen(f"{origin}/tokens"))
client = jwt.PyJWKClient(f"{origin}/{jwt.__version__}", timeout=3)

def verify(token): return jwt.decode(token, client.get_signing_key_from_jwt(token).key, ["RS256"])
def fail():
    try: verify(tokens["fresh"])
    except jwt.PyJWKClientError: pass

verify(tokens["good"])
time.sleep(31)
for _ in range(3): threading.Thread(target=fail).start()
time.sleep(0.2)
begin = time.time()
good = [threading.Thread(target=verify, args=[tokens["good"]]) for _ in range(3)]
for each in good: each.start()
for each in good: each.join()
print(f"PyJWT {jwt.__version__}: good tokens after {round(time.time() - begin)} s")
PY
cat > promises.mjs <<'JS'
import { setTimeout } from 'node:timers/promises'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import jwksRsa from 'jwks-rsa'

const origin = process.argv[2]
const { good, fresh } = await (await fetch(`${origin}/tokens`)).json()
const keys = createRemoteJWKSet(new URL(`${origin}/jose`), { timeoutDuration: 3000 })
const client = jwksRsa({ jwksUri: `${origin}/jwks-rsa`, timeout: 3000 })
const VERIFIERS = {
  jose: (token) => jwtVerify(token, keys),
  'jwks-rsa': async (token) => {
    const { kid } = JSON.parse(atob(token.split('.')[0]))
    return jsonwebtoken.verify(token, (await client.getSigningKey(kid)).getPublicKey())
  },
}
const look = async ([name, verify]) => {
  await verify(good)
  await setTimeout(31_000)
  const waiting = [fresh, fresh, fresh].map((token) => verify(token).catch(() => {}))
  await setTimeout(200)
  const begin = Date.now()
  await Promise.all([good, good, good].map(verify))
  const seen = `${name}: good tokens after ${Math.round((Date.now() - begin) / 1000)} s`
  await Promise.all(waiting)
  return seen
}
console.log((await Promise.all(Object.entries(VERIFIERS).map(look))).join('; '))
process.exit()
JS
node=node_modules/node/bin/node
$node server.mjs > origin &
until [ -s origin ]; do sleep 0.1; done
origin=$(cat origin)
venv/bin/python threads.py "$origin" > threads 2> errors.log &
threads=$!
$node promises.mjs "$origin" > promises 2>> errors.log || true
wait $threads || true
seen="$(cat threads); $(cat promises)"
echo "$seen"
[ "$seen" = 'PyJWT 2.15.1: good tokens after 9 s; jose: good tokens after 0 s; jwks-rsa: good tokens after 0 s' ] ||
  { cat errors.log; echo 'This has changed.'; exit 1; }
