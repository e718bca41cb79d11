#!/usr/bin/env bash
# Versions: PyJWT 2.15.1, Authlib 1.8.0, joserfc 1.7.5, google-auth 2.59.1 and jwcrypto 1.6.1 (PyPI), golang-jwt 4.4.3 (Debian 12), jose 6.2.3,
#            jsonwebtoken 9.0.3, @modelcontextprotocol/client 2.4.0 and node 24.21.0 (npm). Standard: RFC 7519 §4.1.6 (`iat` "can be used to determine
#            the age of the JWT"; §4.1.5: it is `nbf` before which a token must not be accepted).
# Guess:     `iat` informs, `exp` and `nbf` decide. A server whose clock is three seconds slow accepts the tokens of its authorization server, which
#            contain no `nbf`, three seconds longer, and that is all.
# Behaviour: PyJWT, Authlib, joserfc, google-auth and golang-jwt reject an `iat` in the future, with no tolerance by default (golang-jwt 4 has
#            no option for one). So each new token is rejected for three seconds, and only new ones: the first call after a login fails, and the
#            first one after each refresh. At the 401 the client of the MCP SDK refreshes, which makes the token new again: an agent that
#            repeats its call each second fails until it pauses. A test with tokens of a minute ago, or on one machine, shows nothing.
# Output seen: `iat` 3 s ahead: PyJWT rejects, Authlib rejects, joserfc rejects, google-auth rejects, jwcrypto accepts, golang-jwt rejects, jose
#              accepts, jsonwebtoken accepts
#              clocks equal: after the login works, 4 s later works; expired: works after 1 refresh; each second: ok ok ok ok ok, 1 refresh
#              3 s apart: after the login 401, 4 s later works; expired: 401 after 1 refresh; each second: 401 401 401 401 401, 5 refreshes
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
for needed in go python3 /usr/share/gocode/src/github.com/golang-jwt/jwt; do
  command -v $needed > /dev/null || [ -d $needed ] || { echo 'This needs apt-get install python3-venv golang-go golang-github-golang-jwt-jwt-dev'; exit 2; }
done
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
dpkg-query -W golang-github-golang-jwt-jwt-dev 2> /dev/null || true
echo 'Installing the packages above from PyPI and npm'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund jose@6.2.3 jsonwebtoken@9.0.3 @modelcontextprotocol/client@2.4.0 node@24.21.0 >> install.log 2>&1
python3 -m venv python >> install.log 2>&1
python/bin/pip install --quiet PyJWT==2.15.1 cryptography==50.0.2 Authlib==1.8.0 joserfc==1.7.5 google-auth==2.59.1 jwcrypto==1.6.1 >> install.log 2>&1
cat > verify.py <<'PY'
# Verifies one token as the documentation of each library shows it.
import sys
import warnings

warnings.simplefilter("ignore")
import jwt
from authlib.jose import jwt as authlib
from google.auth import crypt, jwt as google
from joserfc import jwt as joserfc
from joserfc.jwk import RSAKey
from jwcrypto import jwk
from jwcrypto import jwt as jwcrypto

pem, token = open("public.pem").read(), sys.argv[1]


def by_joserfc():
    claims = joserfc.decode(token, RSAKey.import_key(pem)).claims
    joserfc.JWTClaimsRegistry(aud={"essential": True, "value": "api"}).validate(claims)


def by_google():
    google.decode(token, certs={"k": pem}, audience="api")


ways = {
    "PyJWT": lambda: jwt.decode(token, pem, algorithms=["RS256"], audience="api"),
    "Authlib": lambda: authlib.decode(token, pem).validate(),
    "joserfc": by_joserfc,
    "google-auth": by_google,
    "jwcrypto": lambda: jwcrypto.JWT(jwt=token, key=jwk.JWK.from_pem(pem.encode()), check_claims={"aud": "api"}),
}
seen = []
for name, verify in ways.items():
    try:
        verify()
        seen.append(f"{name} accepts")
    except Exception as error:
        print(name, repr(error), file=sys.stderr)
        seen.append(f"{name} rejects")
print(", ".join(seen))
PY
cat > verify.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/golang-jwt/jwt"
)

func main() {
	pem, _ := os.ReadFile("public.pem")
	key, err := jwt.ParseRSAPublicKeyFromPEM(pem)
	if err != nil {
		panic(err)
	}
	_, err = jwt.ParseWithClaims(os.Args[1], &jwt.RegisteredClaims{}, func(*jwt.Token) (interface{}, error) { return key, nil })
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		fmt.Print("golang-jwt rejects")
	} else {
		fmt.Print("golang-jwt accepts")
	}
}
GO
cat > server.py <<'PY'
# A minimal MCP server that verifies with PyJWT.
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt

issuer = sys.argv[1]
keys = jwt.PyJWKClient(f"{issuer}/jwks")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def respond(self, status, body=None, challenge=None):
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if challenge:
            self.send_header("WWW-Authenticate", challenge)
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        if self.path.startswith("/.well-known/oauth-protected-resource"):
            return self.respond(200, {"resource": f"{origin}/mcp", "authorization_servers": [issuer]})
        self.respond(405)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        metadata = f'resource_metadata="{origin}/.well-known/oauth-protected-resource/mcp"'
        token = (self.headers["Authorization"] or "").removeprefix("Bearer ")
        if not token:
            return self.respond(401, challenge=f"Bearer {metadata}")
        try:
            key = keys.get_signing_key_from_jwt(token)
            jwt.decode(token, key, algorithms=["RS256"], issuer=issuer, audience=f"{origin}/mcp")
        except jwt.InvalidTokenError:
            return self.respond(401, challenge=f'Bearer error="invalid_token", {metadata}')
        if "id" not in body:
            return self.respond(202)
        version = body["params"].get("protocolVersion")
        hello = {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": {"name": "notes", "version": "1"}}
        self.respond(200, {"jsonrpc": "2.0", "id": body["id"], "result": hello if body["method"] == "initialize" else {"content": []}})


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
origin = f"http://127.0.0.1:{server.server_port}"
print(origin, flush=True)
server.serve_forever()
PY
cat > ask.mjs <<'JS'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { exportJWK, exportSPKI, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import jsonwebtoken from 'jsonwebtoken'

const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
const pem = await exportSPKI(publicKey)
writeFileSync('public.pem', pem)
const now = () => Math.floor(Date.now() / 1000)
const sign = ({ aud = 'api', iss = 'https://as.example', iat, exp = iat + 300 }) =>
  new SignJWT({ client_id: 'app', sub: 'user', aud, iss, iat, exp }).setProtectedHeader({ alg: 'RS256', kid: 'k' }).sign(privateKey)

async function verifiers(ahead) {
  const token = await sign({ iat: now() + ahead })
  const seen = [execFileSync('python/bin/python', ['verify.py', token], { encoding: 'utf8' }).trim()]
  seen.push(execFileSync('./verify', [token], { encoding: 'utf8' }))
  await jwtVerify(token, publicKey, { audience: 'api' }).then(() => seen.push('jose accepts'), () => seen.push('jose rejects'))
  jsonwebtoken.verify(token, pem, { audience: 'api' }, (error) => seen.push(`jsonwebtoken ${error ? 'rejects' : 'accepts'}`))
  return seen.join(', ')
}
const equal = await verifiers(0)
if (equal.includes('rejects')) throw new Error(equal)
console.log(`\`iat\` 3 s ahead: ${await verifiers(3)}`)

/** A login and calls where the clock of the authorization server is `ahead` seconds before that of the MCP server. */
async function run(ahead) {
  let refreshes = 0
  const issue = (life = 300) => sign({ aud: resource, iss: issuer, iat: now() + ahead, exp: now() + life })
  const authorizationServer = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const send = (document) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(document))
    if (request.url === '/jwks') return send({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256', use: 'sig' }] })
    if (request.url === '/token') {
      if (body.includes('grant_type=refresh_token')) refreshes += 1
      return send({ access_token: await issue(), token_type: 'Bearer', expires_in: 300, refresh_token: 'refresh' })
    }
    const endpoints = { issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` }
    send({ ...endpoints, response_types_supported: ['code'], code_challenge_methods_supported: ['S256'] })
  }).listen(0, '127.0.0.1')
  await once(authorizationServer, 'listening')
  const issuer = `http://127.0.0.1:${authorizationServer.address().port}`
  const server = spawn('python/bin/python', ['server.py', issuer], { stdio: ['ignore', 'pipe', 'inherit'] })
  process.on('exit', () => server.kill())
  const [line] = await once(server.stdout, 'data')
  const resource = `${String(line).trim()}/mcp`

  const kept = {}
  const redirect = 'http://127.0.0.1/callback'
  const authProvider = {
    redirectUrl: redirect, clientMetadata: { redirect_uris: [redirect] }, clientInformation: () => ({ client_id: 'app', issuer }),
    tokens: () => kept.tokens, saveTokens: (tokens) => void (kept.tokens = tokens),
    codeVerifier: () => kept.verifier, saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
    discoveryState: () => kept.discovery, saveDiscoveryState: (found) => void (kept.discovery = found), redirectToAuthorization() {},
  }
  const transport = () => new StreamableHTTPClientTransport(new URL(resource), { authProvider })
  const client = () => new Client({ name: 'app', version: '1' })
  const outcome = (promise, good) => promise.then(() => good, (error) => /401/.exec(error.message)?.[0] ?? error.message)
  const first = transport()
  await client().connect(first).catch(() => {})
  await first.finishAuth('code')
  const login = await outcome(client().connect(transport()), 'works')
  await pause(4000)
  const connected = client()
  const later = await outcome(connected.connect(transport()), 'works')
  const call = (good) => outcome(connected.callTool({ name: 'add', arguments: {} }), good)
  const expire = async () => {
    kept.tokens = { ...kept.tokens, access_token: await issue(-600) }
    refreshes = 0
  }
  const count = () => `${refreshes} refresh${refreshes === 1 ? '' : 'es'}`
  await expire()
  const expired = `${await call('works')} after ${count()}`
  await expire()
  const calls = []
  for (let second = 0; second < 5; second += 1) {
    calls.push(await call('ok'))
    await pause(1000)
  }
  return `after the login ${login}, 4 s later ${later}; expired: ${expired}; each second: ${calls.join(' ')}, ${count()}`
}
console.log(`clocks equal: ${await run(0)}`)
console.log(`3 s apart: ${await run(3)}`)
process.exit()
JS
GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$work/go" go build -o verify verify.go
seen=$(node_modules/.bin/node ask.mjs 2> errors.log) || { tail -5 errors.log; exit 1; }
echo "$seen"
[ "$seen" = '`iat` 3 s ahead: PyJWT rejects, Authlib rejects, joserfc rejects, google-auth rejects, jwcrypto accepts, golang-jwt rejects, jose accepts, jsonwebtoken accepts
clocks equal: after the login works, 4 s later works; expired: works after 1 refresh; each second: ok ok ok ok ok, 1 refresh
3 s apart: after the login 401, 4 s later works; expired: 401 after 1 refresh; each second: 401 401 401 401 401, 5 refreshes' ] || { echo 'This has changed.'; exit 1; }
