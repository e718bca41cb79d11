#!/usr/bin/env bash
# Versions: Authlib 1.8.0, PyJWT 2.15.1, jwcrypto 1.6.1 and cryptography 50.0.2 (PyPI), node 24.21.0 (npm).
#            Standards: RFC 7518 §6.2.1.2 (a coordinate has all bytes of its curve), RFC 7638 §3 (the thumbprint of a key).
# Guess:     a generated EC key, published as the library writes it, is imported by every JOSE library, or by none.
# Behaviour: Authlib drops the leading zero bytes of x and y. Three of four keys on P-521 are affected, and one of 128 on
#            P-256: tests pass for weeks, and one rotation in production breaks. Node, Deno, Bun, workerd and jwcrypto import
#            such a key. PyJWT ignores it in a set, so that no key fits; go-jose 2.6 (Debian 12) rejects the set with all of its
#            keys, and Chromium 156 throws a DataError. The thumbprint, which is the `kid` by default and the `jkt` of DPoP,
#            differs from that of the same key in PEM form.
# Output seen: P-521: most are short; P-256: some are short; node imports: true; jwcrypto: verifies; PyJWT alone: no usable keys; PyJWT beside another key: ignored; same thumbprint from PEM: False
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing Authlib 1.8.0, PyJWT 2.15.1, jwcrypto 1.6.1, cryptography 50.0.2 and node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund node@24.21.0 >> install.log 2>&1
python3 -m venv python >> install.log 2>&1
python/bin/pip install --quiet Authlib==1.8.0 PyJWT==2.15.1 jwcrypto==1.6.1 cryptography==50.0.2 >> install.log 2>&1
cat > import.mjs <<'JS'
import { readFileSync } from 'node:fs'

const key = JSON.parse(readFileSync('short.json', 'utf8'))
const parameters = { name: 'ECDSA', namedCurve: 'P-256' }
const imported = await crypto.subtle.importKey('jwk', key, parameters, true, ['verify']).catch(() => null)
console.log(imported !== null)
JS
cat > keys.py <<'PY'
import json
import subprocess

import jwt
from authlib.jose import JsonWebKey, JsonWebToken
from jwcrypto import jwk as other
from jwcrypto import jwt as other_jwt

LENGTHS = {"P-256": 43, "P-521": 88}


def generate(curve, kid="a"):
    key = JsonWebKey.generate_key("EC", curve, {"kid": kid}, is_private=True)
    public = key.as_dict(is_private=False)
    return key, public, min(len(public["x"]), len(public["y"])) < LENGTHS[curve]


def usable(keys):
    try:
        return [each.key_id for each in jwt.PyJWKSet.from_dict({"keys": keys}).keys]
    except jwt.PyJWKSetError:
        return []


share = sum(generate("P-521")[2] for _ in range(200)) / 200
key, public, is_short = generate("P-256")
tries = 1
while not is_short:
    key, public, is_short = generate("P-256")
    tries += 1
    assert tries < 5000
with open("short.json", "w") as file:
    json.dump(public, file)
good = generate("P-256", "b")
while good[2]:
    good = generate("P-256", "b")
token = JsonWebToken(["ES256"]).encode({"alg": "ES256", "kid": "a"}, {"sub": "user"}, key).decode()
claims = other_jwt.JWT(jwt=token, key=other.JWK(**public), algs=["ES256"]).claims
node = subprocess.run(["node", "import.mjs"], capture_output=True, text=True).stdout.strip()
same = key.thumbprint() == other.JWK.from_pem(key.as_pem()).thumbprint()
print(f"P-521: {'most' if share > 0.5 else 'few'} are short; P-256: some are short; node imports: {node}; "
      f"jwcrypto: {'verifies' if json.loads(claims) == {'sub': 'user'} else 'rejects'}; "
      f"PyJWT alone: {'imports' if usable([public]) else 'no usable keys'}; "
      f"PyJWT beside another key: {'imported' if usable([public, good[1]]) == ['a', 'b'] else 'ignored'}; "
      f"same thumbprint from PEM: {same}")
PY
seen=$(PATH="$work/node_modules/.bin:$PATH" python/bin/python -W ignore keys.py)
echo "$seen"
[ "$seen" = 'P-521: most are short; P-256: some are short; node imports: true; jwcrypto: verifies; PyJWT alone: no usable keys; PyJWT beside another key: ignored; same thumbprint from PEM: False' ] || { echo 'This has changed.'; exit 1; }
