#!/usr/bin/env bash
# Versions: passport-jwt 4.0.1, jwks-rsa 4.1.0, express-oauth2-jwt-bearer 1.10.0, mcp-handler 2.4.0, jose 6.2.3, express-jwt 8.5.1, @fastify/jwt
#            10.2.8, get-jwks 11.0.3, @modelcontextprotocol/sdk 1.32.2, @modelcontextprotocol/client 2.4.0, node 24.21.0 (npm); fastmcp 4.0.10
#            (PyPI, Python 3.11). Standards: RFC 6750 §3.1 (`invalid_token`: the token is expired, revoked or malformed), RFC 9110 §15.6.
# Guess:     a resource server that cannot fetch the keys, or cannot introspect, does not know whether a token is good, and says so: 5xx. An
#            outage of the authorization server that is shorter than the life of a token costs errors and no login.
# Behaviour: five of eight answer 401, four of them with `invalid_token`, as if the token were bad: Auth0's middleware, Vercel's MCP handler, passport-jwt
#            and both verifiers of FastMCP. It happens where the process is new or its copy of the keys has expired. Clients act on the 401: that of the
#            MCP SDK refreshes, which fails in the same outage, and opens the login page, although its token is good. With a 5xx it
#            reports an error, and the next call works. FastMCP answers in the same way when the secret with which it introspects is
#            wrong, as after its rotation: every user is 401, and the log names the cause at the level debug only.
# Output seen: passport-jwt: good 200, keys 503: 401, unreachable: 401
#              express-oauth2-jwt-bearer: good 200, keys 503: 401 invalid_token, unreachable: 401 invalid_token
#              mcp-handler: good 200, keys 503: 401 invalid_token, unreachable: 401 invalid_token
#              express-jwt: good 200, keys 503: 500, unreachable: 500
#              @fastify/jwt: good 200, keys 503: 500, unreachable: 500
#              MCP SDK: good 200, keys 503: 500, unreachable: 500
#              FastMCP, JWT: good 200, keys 503: 401 invalid_token, unreachable: 401 invalid_token
#              FastMCP, introspection: good 200, 503: 401 invalid_token, unreachable: 401 invalid_token, wrong secret: 401 invalid_token
#              client at express-oauth2-jwt-bearer: call fails, 1 login page, afterwards works
#              client at MCP SDK: call fails, 0 login pages, afterwards works
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
command -v python3 > /dev/null || { echo 'This needs apt-get install python3-venv'; exit 2; }
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing fastmcp 4.0.10 and, from npm, the packages above'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund passport@0.7.0 passport-jwt@4.0.1 jwks-rsa@4.1.0 express@5.3.0 express-oauth2-jwt-bearer@1.10.0 \
  mcp-handler@2.4.0 jose@6.2.3 express-jwt@8.5.1 fastify@5.12.8 @fastify/jwt@10.2.8 get-jwks@11.0.3 @modelcontextprotocol/sdk@1.32.2 \
  @modelcontextprotocol/client@2.4.0 node@24.21.0 >> install.log 2>&1
python3 -m venv python >> install.log 2>&1
python/bin/pip install --quiet fastmcp==4.0.10 >> install.log 2>&1
cat > auth.mjs <<'JS'
// The authorization server.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

export const state = { mode: 'good' }
const { publicKey, privateKey } = await generateKeyPair('RS256')
const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'RS256', use: 'sig' }] }
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://127.0.0.1')
  if (pathname.startsWith('/mode/')) {
    state.mode = pathname.slice(6)
    return response.end()
  }
  if (state.mode === 'unreachable') return request.socket.destroy()
  if (state.mode === '503') return response.writeHead(503, { 'Retry-After': '5' }).end('restarting')
  response.setHeader('Content-Type', 'application/json')
  if (pathname === '/.well-known/jwks.json') return response.end(JSON.stringify(keys))
  if (pathname === '/introspect') {
    if (request.headers.authorization !== `Basic ${btoa('api:secret')}`) return response.writeHead(401).end('{"error":"invalid_client"}')
    const exp = Math.floor(Date.now() / 1000) + 3600
    return response.end(JSON.stringify({ active: true, client_id: 'app', sub: 'user', scope: 'read', exp }))
  }
  const endpoints = { issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` }
  response.end(JSON.stringify({ ...endpoints, response_types_supported: ['code'], code_challenge_methods_supported: ['S256'] }))
}).listen(0, '127.0.0.1')
await once(server, 'listening')
export const issuer = `http://127.0.0.1:${server.address().port}`
export const token = await new SignJWT({ scope: 'read', client_id: 'app' }).setProtectedHeader({ alg: 'RS256', kid: 'key-1', typ: 'JWT' })
  .setIssuedAt().setSubject('user').setIssuer(issuer).setAudience('api').setExpirationTime('1h').sign(privateKey)
JS
cat > servers.mjs <<'JS'
// Each entry makes a new server, as a process has it after its start.
import { createServer } from 'node:http'
import fastifyJwt from '@fastify/jwt'
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import express from 'express'
import { expressjwt } from 'express-jwt'
import { auth } from 'express-oauth2-jwt-bearer'
import fastify from 'fastify'
import getJwks from 'get-jwks'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import jwksRsa from 'jwks-rsa'
import { withMcpAuth } from 'mcp-handler'
import { Passport } from 'passport'
import { ExtractJwt, Strategy } from 'passport-jwt'
import { issuer } from './auth.mjs'

const jwksUri = `${issuer}/.well-known/jwks.json`
const algorithms = ['RS256']
const expected = { issuer, audience: 'api' }
/** A minimal MCP server behind the middleware. */
const behind = (middleware) => {
  const app = express()
  app.use(middleware, express.json())
  app.all('/mcp', ({ method: verb, body }, response) => {
    if (verb !== 'POST') return response.sendStatus(405)
    const { id, method, params } = body
    if (id === undefined) return response.sendStatus(202)
    const hello = { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'notes', version: '1' } }
    response.json({ jsonrpc: '2.0', id, result: method === 'initialize' ? hello : { content: [] } })
  })
  return app
}
const verifyWithJose = () => {
  const keys = createRemoteJWKSet(new URL(jwksUri))
  return async (token) => {
    const { payload } = await jwtVerify(token, keys, expected)
    return { token, clientId: payload.client_id, scopes: payload.scope.split(' '), expiresAt: payload.exp }
  }
}
export const SERVERS = {
  'passport-jwt'() {
    const passport = new Passport()
    const options = { jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), algorithms, ...expected }
    passport.use(new Strategy({ ...options, secretOrKeyProvider: jwksRsa.passportJwtSecret({ jwksUri }) }, (claims, done) => done(null, claims)))
    return behind(passport.authenticate('jwt', { session: false }))
  },
  'express-oauth2-jwt-bearer': () => behind(auth({ jwksUri, tokenSigningAlg: 'RS256', ...expected })),
  'mcp-handler'() {
    const verify = verifyWithJose()
    const verifyToken = async (_request, token) => token && verify(token)
    const handle = withMcpAuth(() => new Response('{}'), verifyToken, { required: true })
    return createServer(async ({ headers }, response) => {
      const { status, headers: fields } = await handle(new Request('http://127.0.0.1/mcp', { method: 'POST', headers }))
      response.writeHead(status, Object.fromEntries(fields)).end()
    }).listeners('request')[0]
  },
  'express-jwt': () => behind(expressjwt({ secret: jwksRsa.expressJwtSecret({ jwksUri }), algorithms, ...expected })),
  async '@fastify/jwt'() {
    const jwks = getJwks()
    const app = fastify()
    app.register(fastifyJwt, { decode: { complete: true }, secret: (_request, { header }) => jwks.getPublicKey({ ...header, domain: issuer }) })
    app.addHook('onRequest', (request) => request.jwtVerify())
    app.post('/mcp', async () => ({}))
    await app.ready()
    return app.routing
  },
  'MCP SDK': () => behind(requireBearerAuth({ verifier: { verifyAccessToken: verifyWithJose() } })),
}
JS
cat > ask.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { issuer, state, token } from './auth.mjs'
import { SERVERS } from './servers.mjs'

async function statusOf(handle) {
  const server = createServer(handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
  const body = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}'
  const response = await fetch(`http://127.0.0.1:${server.address().port}/mcp`, { method: 'POST', headers, body })
  const [, error = ''] = /error="(\w+)"/.exec(response.headers.get('WWW-Authenticate')) ?? []
  server.close()
  return `${response.status} ${error}`.trim()
}
for (const [name, make] of Object.entries(SERVERS)) {
  const seen = []
  for (state.mode of ['good', '503', 'unreachable']) seen.push(await statusOf(await make()))
  const [good, busy, unreachable] = seen
  console.log(`${name}: good ${good}, keys 503: ${busy}, unreachable: ${unreachable}`)
}

state.mode = 'good'
const python = spawn('python/bin/python', ['fast.py', issuer, token], { stdio: ['ignore', 'inherit', 'pipe'] })
python.stderr.pipe(process.stderr)
await once(python, 'exit')

/** A client whose API restarts while the whole authorization server is down. */
async function run(name) {
  state.mode = 'good'
  let handle = await SERVERS[name]()
  const api = createServer((request, response) => {
    if (!request.url.startsWith('/.well-known')) return handle(request, response)
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ resource, authorization_servers: [issuer] }))
  }).listen(0, '127.0.0.1')
  await once(api, 'listening')
  const resource = `http://127.0.0.1:${api.address().port}/mcp`
  const about = { issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` }
  const abilities = { response_types_supported: ['code'], code_challenge_methods_supported: ['S256'] }
  const discovery = { authorizationServerUrl: issuer, authorizationServerMetadata: { ...about, ...abilities } }
  const kept = { discovery, tokens: { access_token: token, token_type: 'Bearer', refresh_token: 'refresh', issuer } }
  let pages = 0
  const redirect = 'http://127.0.0.1/callback'
  const authProvider = {
    redirectUrl: redirect, clientMetadata: { redirect_uris: [redirect] }, clientInformation: () => ({ client_id: 'app', issuer }),
    tokens: () => kept.tokens, saveTokens: (tokens) => void (kept.tokens = tokens),
    codeVerifier: () => kept.verifier, saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
    discoveryState: () => kept.discovery, saveDiscoveryState: (found) => void (kept.discovery = found),
    invalidateCredentials: (what) => void delete kept[what], redirectToAuthorization: () => void (pages += 1),
  }
  const client = new Client({ name: 'app', version: '1.0.0' })
  await client.connect(new StreamableHTTPClientTransport(new URL(resource), { authProvider }))
  const call = () => client.callTool({ name: 'add', arguments: {} }).then(() => 'works', (error) => (console.error(error), 'fails'))
  await call()
  handle = await SERVERS[name]()
  state.mode = '503'
  const inOutage = await call()
  const seen = `call ${inOutage}, ${pages} login page${pages === 1 ? '' : 's'}`
  state.mode = 'good'
  return `client at ${name}: ${seen}, afterwards ${await call()}`
}
for (const name of ['express-oauth2-jwt-bearer', 'MCP SDK']) console.log(await run(name))
process.exit()
JS
cat > fast.py <<'PY'
import asyncio
import socket
import sys

import httpx2
import uvicorn
from fastmcp import FastMCP
from fastmcp.server.auth.providers.introspection import IntrospectionTokenVerifier
from fastmcp.server.auth.providers.jwt import JWTVerifier

issuer, token = sys.argv[1:]


def by_jwt():
    return JWTVerifier(jwks_uri=f"{issuer}/.well-known/jwks.json", issuer=issuer, audience="api")


def by_introspection(secret="secret"):
    return IntrospectionTokenVerifier(introspection_url=f"{issuer}/introspect", client_id="api", client_secret=secret)


async def status_of(verifier, mode):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    app = FastMCP("notes", auth=verifier).http_app()
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.05)
    async with httpx2.AsyncClient() as client:
        await client.get(f"{issuer}/mode/{mode}")
        hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "app", "version": "1"}}
        response = await client.post(
            f"http://127.0.0.1:{listener.getsockname()[1]}/mcp",
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json, text/event-stream"},
            json={"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        )
        await client.get(f"{issuer}/mode/good")
    server.should_exit = True
    await running
    error = " invalid_token" if 'error="invalid_token"' in response.headers.get("www-authenticate", "") else ""
    return f"{response.status_code}{error}"


async def main():
    jwt = [await status_of(by_jwt(), mode) for mode in ("good", "503", "unreachable")]
    print("FastMCP, JWT: good {}, keys 503: {}, unreachable: {}".format(*jwt))
    introspection = [await status_of(by_introspection(), mode) for mode in ("good", "503", "unreachable")]
    introspection.append(await status_of(by_introspection("old secret"), "good"))
    print("FastMCP, introspection: good {}, 503: {}, unreachable: {}, wrong secret: {}".format(*introspection))


asyncio.run(main())
PY
seen=$(NODE_ENV=production node_modules/.bin/node ask.mjs 2> errors.log) || { tail -5 errors.log; exit 1; }
echo "$seen"
[ "$seen" = 'passport-jwt: good 200, keys 503: 401, unreachable: 401
express-oauth2-jwt-bearer: good 200, keys 503: 401 invalid_token, unreachable: 401 invalid_token
mcp-handler: good 200, keys 503: 401 invalid_token, unreachable: 401 invalid_token
express-jwt: good 200, keys 503: 500, unreachable: 500
@fastify/jwt: good 200, keys 503: 500, unreachable: 500
MCP SDK: good 200, keys 503: 500, unreachable: 500
FastMCP, JWT: good 200, keys 503: 401 invalid_token, unreachable: 401 invalid_token
FastMCP, introspection: good 200, 503: 401 invalid_token, unreachable: 401 invalid_token, wrong secret: 401 invalid_token
client at express-oauth2-jwt-bearer: call fails, 1 login page, afterwards works
client at MCP SDK: call fails, 0 login pages, afterwards works' ] || { echo 'This has changed.'; exit 1; }
