#!/usr/bin/env bash
# Versions: jose 6.2.3, jwks-rsa 4.1.0, node-jose 2.2.0, node 24.21.0 (npm); PyJWT 2.15.1, jwcrypto 1.6.1, joserfc 1.7.5, Authlib 1.8.0 (PyPI); go-jose
#            2.6.0 (Debian 12). Standards: RFC 7517 §5 (ignore the keys of a set whose `kty` is not understood), RFC 8037, RFC 9964 (`AKP`).
# Guess:     an authorization server may publish a key for the future beside its key of today, so that verifiers know it before it signs: Ed25519,
#            or ML-DSA. A library that does not know the kind ignores that key, and today's tokens verify.
# Behaviour: three of eight reject the whole set, and every token with it, from the moment at which the key is published. node-jose rejects
#            all of `OKP`, so Ed25519, too; Authlib throws a KeyError, which is a 500 and no 401 where only JOSE errors are handled; go-jose
#            rejects `AKP`. Verifiers that have cached the set fail later, each at its own time, and the new key has not signed anything.
# Output seen: EdDSA: jose ok, jwks-rsa ok, node-jose rejects the set, PyJWT ok, jwcrypto ok, joserfc ok, Authlib ok, go-jose ok
#              ML-DSA-44: jose ok, jwks-rsa ok, node-jose rejects the set, PyJWT ok, jwcrypto ok, joserfc ok, Authlib KeyError, go-jose rejects the set
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
for program in python3 go /usr/share/gocode/src/gopkg.in/square/go-jose.v2; do
  command -v $program > /dev/null || [ -d $program ] || { echo 'This needs apt-get install python3-venv golang-go golang-gopkg-square-go-jose.v2-dev'; exit 2; }
done
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
dpkg-query -W golang-gopkg-square-go-jose.v2-dev 2> /dev/null || true
echo 'Installing jose, jwks-rsa, node-jose, node 24.21.0, PyJWT, jwcrypto, joserfc and Authlib'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund jose@6.2.3 jwks-rsa@4.1.0 node-jose@2.2.0 node@24.21.0 >> install.log 2>&1
python3 -m venv python >> install.log 2>&1
python/bin/pip install --quiet PyJWT==2.15.1 jwcrypto==1.6.1 joserfc==1.7.5 Authlib==1.8.0 cryptography==50.0.2 >> install.log 2>&1
cat > verify.mjs <<'JS'
import { generateKeyPairSync, sign } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import * as jose from 'jose'
import jwksRsa from 'jwks-rsa'
import nodeJose from 'node-jose'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const signed = `${encode({ alg: 'ES256', kid: 'today' })}.${encode({ aud: 'api', exp: Math.floor(Date.now() / 1000) + 3600 })}`
const token = `${signed}.${sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
const [, , kind, alg] = process.argv
const today = { ...publicKey.export({ format: 'jwk' }), kid: 'today', alg: 'ES256', use: 'sig' }
const future = { ...generateKeyPairSync(kind).publicKey.export({ format: 'jwk' }), kid: 'future', alg, use: 'sig' }
const set = { keys: [today, future] }
writeFileSync('token', token)
writeFileSync('set.json', JSON.stringify(set))

const verifiers = {
  jose: () => jose.jwtVerify(token, jose.createLocalJWKSet(set)),
  async 'jwks-rsa'() {
    const key = await jwksRsa({ jwksUri: 'http://127.0.0.1/', fetcher: async () => set }).getSigningKey('today')
    await jose.jwtVerify(token, await jose.importSPKI(key.getPublicKey(), 'ES256'))
  },
  'node-jose': async () => nodeJose.JWS.createVerify(await nodeJose.JWK.asKeyStore(set)).verify(token),
}
const seen = []
for (const [name, verify] of Object.entries(verifiers)) {
  const result = await verify().then(() => 'ok', ({ message }) => (message === 'unsupported key type' ? 'rejects the set' : message))
  seen.push(`${name} ${result}`)
}
console.log(seen.join(', '))
JS
cat > verify.py <<'PY'
import json
import jwt as pyjwt
from authlib.jose import JsonWebKey, JsonWebToken
from joserfc import jwt
from joserfc.jwk import KeySet
from jwcrypto.jwk import JWKSet
from jwcrypto.jwt import JWT

token, text = open("token").read(), open("set.json").read()
verifiers = {
    "PyJWT": lambda: pyjwt.decode(token, pyjwt.PyJWKSet.from_json(text)["today"], algorithms=["ES256"], audience="api"),
    "jwcrypto": lambda: JWT(jwt=token, key=JWKSet.from_json(text)),
    "joserfc": lambda: jwt.decode(token, KeySet.import_key_set(json.loads(text))),
    "Authlib": lambda: JsonWebToken(["ES256"]).decode(token, JsonWebKey.import_key_set(json.loads(text))),
}
seen = []
for name, verify in verifiers.items():
    try:
        verify()
        seen.append(f"{name} ok")
    except Exception as error:
        seen.append(f"{name} {type(error).__name__}")
print(", ".join(seen))
PY
cat > verify.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	jose "gopkg.in/square/go-jose.v2"
)

func main() {
	text, _ := os.ReadFile("set.json")
	token, _ := os.ReadFile("token")
	var set jose.JSONWebKeySet
	if json.Unmarshal(text, &set) != nil {
		fmt.Println("go-jose rejects the set")
		return
	}
	signed, _ := jose.ParseSigned(string(token))
	if _, err := signed.Verify(set.Key("today")[0]); err == nil {
		fmt.Println("go-jose ok")
	}
}
GO
export GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$work/go"
check() {
  local js
  js=$(node_modules/.bin/node verify.mjs "$@" 2>> errors.log) || cat errors.log
  echo "$2: $js, $(python/bin/python verify.py 2>> errors.log), $(go run verify.go)"
}
seen="$(check ed25519 EdDSA)
$(check ml-dsa-44 ML-DSA-44)"
echo "$seen"
[ "$seen" = 'EdDSA: jose ok, jwks-rsa ok, node-jose rejects the set, PyJWT ok, jwcrypto ok, joserfc ok, Authlib ok, go-jose ok
ML-DSA-44: jose ok, jwks-rsa ok, node-jose rejects the set, PyJWT ok, jwcrypto ok, joserfc ok, Authlib KeyError, go-jose rejects the set' ] || { echo 'This has changed.'; exit 1; }
