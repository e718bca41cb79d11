#!/usr/bin/env bash
# Versions: Authlib 1.8.0 with joserfc 1.7.5, Flask 3.1.3 and PyJWT 2.15.1 (PyPI), jose 6.2.3 and node 24.21.0 (npm), go-oidc 2.1.0 (Debian 12).
#            Standards: RFC 9068, OpenID Connect Core §10.1.1 (a signer publishes its keys and names the one in use by `kid`). Documentation of
#            Authlib: `JWTBearerTokenGenerator.get_jwks()`, "the JWKs that will be used to sign", with `load_jwks("jwks.json")` as the example.
# Guess:     the first key of the set signs, so a careful rotation is: append tomorrow's key, wait until every verifier has fetched it, put it
#            first, keep the public part of the old one until its tokens have expired.
# Behaviour: a key of the set is chosen at random for each token. Tomorrow's key signs half of the tokens from the moment at which it is
#            appended. Verifiers that have just fetched the set reject that half: jose and PyJWT for 30 seconds, go-oidc 2 until
#            the `max-age` of the set is nearly over, an hour or a day in production. Where the public part of an old key stays in the set,
#            half of the token requests are 500. With one key, as in every test, none of this shows.
# Output seen, with a `max-age` of 90 seconds:
#            one key: today; appended: today tomorrow; tomorrow's token: jose rejects, PyJWT rejects, go-oidc rejects; 31 s later: jose
#            accepts, PyJWT accepts, go-oidc rejects; 66 s later: all accept; the public part of yesterday's kept: 500 today
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
for needed in go python3 curl /usr/share/gocode/src/github.com/coreos/go-oidc; do
  command -v $needed > /dev/null || [ -d $needed ] || { echo 'This needs apt-get install curl python3-venv golang-go golang-github-coreos-go-oidc-dev'; exit 2; }
done
work=$(mktemp -d) && cd "$work"
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT
dpkg-query -W golang-github-coreos-go-oidc-dev 2> /dev/null || true
echo 'Installing Authlib 1.8.0, joserfc 1.7.5, Flask 3.1.3, PyJWT 2.15.1, jose 6.2.3 and node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund jose@6.2.3 node@24.21.0 >> install.log 2>&1
python3 -m venv python >> install.log 2>&1
python/bin/pip install --quiet Authlib==1.8.0 joserfc==1.7.5 Flask==3.1.3 PyJWT==2.15.1 cryptography==50.0.2 >> install.log 2>&1
cat > server.py <<'PY'
import threading

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from flask import Flask
from joserfc.jwk import ECKey, KeySet
from werkzeug.serving import make_server


class Client(ClientMixin):
    def get_client_id(self):
        return "app"

    def get_allowed_scope(self, scope):
        return scope

    def check_client_secret(self, secret):
        return secret == "secret"

    def check_endpoint_auth_method(self, method, endpoint):
        return True

    def check_grant_type(self, grant_type):
        return True


today, tomorrow, yesterday = (
    ECKey.generate_key("P-256", {"kid": name, "use": "sig", "alg": "ES256"}) for name in ("today", "tomorrow", "yesterday")
)
keys = [today.as_dict(private=True)]


class Generator(JWTBearerTokenGenerator):
    def get_jwks(self):
        return KeySet.import_key_set({"keys": keys})

    def get_audiences(self, client, user, scope):
        return "https://api.example"


app = Flask(__name__)
server = AuthorizationServer(app, query_client=lambda _: Client(), save_token=lambda token, request: None)
server.register_token_generator("default", Generator("https://auth.example", alg="ES256"))
server.register_grant(ClientCredentialsGrant)
app.post("/token")(server.create_token_response)


@app.get("/jwks")
def jwks():
    published = KeySet.import_key_set({"keys": keys}).as_dict(private=False)
    return published, {"Cache-Control": "public, max-age=90"}


@app.post("/append")
def append():
    keys.append(tomorrow.as_dict(private=True))
    return ""


@app.post("/retire")
def retire():
    keys[:] = [today.as_dict(private=True), yesterday.as_dict(private=False)]
    return ""


http = make_server("127.0.0.1", 0, app)
print(http.port, flush=True)
http.serve_forever()
PY
# Each verifier runs for the whole time: it verifies today's token, then tomorrow's three times.
cat > verify.mjs <<'JS'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { createRemoteJWKSet, jwtVerify } from 'jose'

const keys = createRemoteJWKSet(new URL(process.argv[2]))
for (const name of ['today', 'tomorrow', 'later', 'last']) {
  while (!existsSync(name)) await setTimeout(50)
  const verified = await jwtVerify(readFileSync(name, 'utf8'), keys, { issuer: 'https://auth.example' }).then(() => 'accepts', () => 'rejects')
  console.log(`jose ${verified}`)
}
JS
cat > verify.py <<'PY'
import os
import sys
import time

import jwt

keys = jwt.PyJWKClient(sys.argv[1])
for name in ("today", "tomorrow", "later", "last"):
    while not os.path.exists(name):
        time.sleep(0.05)
    token = open(name).read()
    try:
        jwt.decode(token, keys.get_signing_key_from_jwt(token).key, algorithms=["ES256"], audience="https://api.example")
        print("PyJWT accepts", flush=True)
    except jwt.PyJWTError:
        print("PyJWT rejects", flush=True)
PY
cat > verify.go <<'GO'
package main

import (
	"context"
	"fmt"
	"io/ioutil"
	"os"
	"time"

	oidc "github.com/coreos/go-oidc"
)

func main() {
	ctx := context.Background()
	config := oidc.Config{ClientID: "https://api.example", SupportedSigningAlgs: []string{oidc.ES256}}
	verifier := oidc.NewVerifier("https://auth.example", oidc.NewRemoteKeySet(ctx, os.Args[1]), &config)
	for _, name := range []string{"today", "tomorrow", "later", "last"} {
		token, err := ioutil.ReadFile(name)
		for err != nil {
			time.Sleep(50 * time.Millisecond)
			token, err = ioutil.ReadFile(name)
		}
		if _, err := verifier.Verify(ctx, string(token)); err != nil {
			fmt.Println("go-oidc rejects")
		} else {
			fmt.Println("go-oidc accepts")
		}
	}
}
GO
GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$work/go" go build -o verify verify.go
python/bin/python server.py > port 2> server.log &
until [ -s port ]; do sleep 0.1; done
origin="http://127.0.0.1:$(cat port)"
request() { curl -s -w '\n%{http_code}' -u app:secret -d grant_type=client_credentials -d scope=read "$origin/token"; }
token() { sed -n 's/.*"access_token": *"\([^"]*\)".*/\1/p'; }
signer() { cut -d . -f 1 | tr '_-' '/+' | base64 -d 2> /dev/null | sed -n 's/.*"kid":"\([a-z]*\)".*/\1/p'; }
# Who signs 30 tokens; the status where there is no token.
signers() {
  local response kid
  for _ in $(seq 30); do
    response=$(request)
    kid=$(token <<< "$response" | signer)
    echo "${kid:-$(tail -n 1 <<< "$response")}"
  done | sort -u | xargs
}
save() {
  local text
  until text=$(request | token) && [ "$(signer <<< "$text")" = "$1" ]; do :; done
  echo -n "$text" > "$1.new" && mv "$1.new" "$1"
}
answers() { sed -sn "$1p" jose python.log go.log | paste -sd, | sed 's/,/, /g'; }
wait_for() { until [ "$(cat jose python.log go.log | wc -l)" -ge "$1" ]; do sleep 0.1; done; }
node_modules/.bin/node verify.mjs "$origin/jwks" > jose 2> errors.log &
python/bin/python verify.py "$origin/jwks" > python.log 2>> errors.log &
./verify "$origin/jwks" > go.log 2>> errors.log &
one=$(signers)
save today
wait_for 3
curl -s -X POST "$origin/append"
both=$(signers)
save tomorrow
wait_for 6
sleep 31 && ln tomorrow later
wait_for 9
sleep 35 && ln tomorrow last
wait_for 12
curl -s -X POST "$origin/retire"
seen="one key: $one; its token: $(answers 1)
appended: $both; tomorrow's token: $(answers 2); 31 s later: $(answers 3); 66 s later: $(answers 4)
the public part of yesterday's kept: $(signers)"
echo "$seen"
[ "$seen" = "one key: today; its token: jose accepts, PyJWT accepts, go-oidc accepts
appended: today tomorrow; tomorrow's token: jose rejects, PyJWT rejects, go-oidc rejects; 31 s later: jose accepts, PyJWT accepts, go-oidc rejects; 66 s later: jose accepts, PyJWT accepts, go-oidc accepts
the public part of yesterday's kept: 500 today" ] || { echo 'This has changed.'; exit 1; }
