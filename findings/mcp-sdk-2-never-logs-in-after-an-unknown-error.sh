#!/usr/bin/env bash
# Versions: @modelcontextprotocol/client 2.4.0, @modelcontextprotocol/sdk 1.32.2, @rekog/mcp-nest 1.9.11, @nestjs/core 11.2.10, node 24.21.0 (npm).
#            Standard: RFC 6749 §5.2 (`error` is one of six codes).
# Guess:     McpAuthModule of MCP-Nest answers a refresh with an ended refresh token as NestJS answers every mistake, `"error": "Bad Request"`. A
#            client that does not know this code takes it for a failed refresh and shows its login page, as the first major version of
#            the SDK does. The second one, which is its successor, does so, too.
# Behaviour: the second version takes each code that it does not know for a decision of the server: the call, each later call and each new
#            connection fail with "OAuthError: Bad Request". The dead tokens stay in the storage, and no login page opens, ever: users
#            have to delete the files of their client. A body without any `error`, and the code `server_error`, lead to the login page, so an
#            outage is handled better than the end of a login. Programs that moved from 1.x to 2.x get this at servers that did not change.
# Output seen: 1.x: login: works; access token ended: works; refresh token ended: 400 Bad Request, 1 login page
#              2.x: login: works; access token ended: works; refresh token ended: 400 Bad Request, 0 login pages, OAuthError; connected again: 0 login
#              pages, OAuthError, tokens kept; the same without `error`: 1 login page; with server_error: 1 login page; with invalid_grant: 1 login page
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing @modelcontextprotocol/client 2.4.0, /sdk 1.32.2, @rekog/mcp-nest 1.9.11, @nestjs/core 11.2.10 and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund @modelcontextprotocol/client@2.4.0 @modelcontextprotocol/sdk@1.32.2 @rekog/mcp-nest@1.9.11 \
  @nestjs/common@11.2.10 @nestjs/core@11.2.10 @nestjs/platform-express@11.2.10 @nestjs/jwt@11.0.2 @nestjs/passport@11.0.5 \
  reflect-metadata@0.2.2 zod@4 node@24.21.0 >> install.log 2>&1
cat > site.cjs <<'JS'
// The server of the documentation of MCP-Nest, with a login provider that asks nothing.
require('reflect-metadata')
const { Module } = require('@nestjs/common')
const { NestFactory } = require('@nestjs/core')
const { McpAuthJwtGuard, McpAuthModule, McpModule, McpTransportType, Tool } = require('@rekog/mcp-nest')
const cookieParser = require('cookie-parser')

class Instant {
  constructor({ callback }, verify) {
    Object.assign(this, { callback, verify })
  }
  authenticate(request) {
    if (request.path !== '/callback') return this.redirect(this.callback)
    this.verify('', '', { id: 'u1' }, (error, user) => (error ? this.error(error) : this.success(user)))
  }
}
class Tools {
  add() {
    return { content: [{ type: 'text', text: '2' }] }
  }
}
Tool({ name: 'add', description: 'adds' })(Tools.prototype, 'add', Object.getOwnPropertyDescriptor(Tools.prototype, 'add'))

const state = { last: '', code: undefined }
exports.state = state
exports.start = async (port) => {
  const serverUrl = `http://127.0.0.1:${port}`
  class App {}
  Module({
    imports: [
      McpAuthModule.forRoot({
        provider: {
          name: 'instant',
          strategy: Instant,
          strategyOptions: () => ({ callback: `${serverUrl}/callback` }),
          profileMapper: ({ id }) => ({ id, username: id, email: 'a@example.com', displayName: 'A', raw: {} }),
        },
        clientId: 'app', clientSecret: 'secret', jwtSecret: 'a secret of this script, long enough', serverUrl, jwtIssuer: serverUrl,
        resource: `${serverUrl}/mcp`, jwtAccessTokenExpiresIn: '2s', jwtRefreshTokenExpiresIn: '4s',
      }),
      McpModule.forRoot({ name: 'notes', version: '1.0.0', transport: McpTransportType.STREAMABLE_HTTP, guards: [McpAuthJwtGuard],
        streamableHttp: { statelessMode: true, enableJsonResponse: true }, logging: false }),
    ],
    providers: [Tools, McpAuthJwtGuard],
  })(App)
  const app = await NestFactory.create(App, { logger: false })
  app.use(cookieParser())
  // Notes what the token endpoint sends, and replaces the code of an error for the comparison.
  app.use('/token', (request, response, next) => {
    const json = response.json.bind(response)
    response.json = (body) => {
      state.last = `${response.statusCode} ${body.error ?? ''}`.trim()
      const { error, ...rest } = body
      return json(response.statusCode < 400 || state.code === undefined ? body : { ...rest, ...(state.code && { error: state.code }) })
    }
    next()
  })
  await app.listen(port, '127.0.0.1')
  return `${serverUrl}/mcp`
}
JS
cat > logins.mjs <<'JS'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import * as two from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { start, state } from './site.cjs'

const REDIRECT = 'http://127.0.0.1/callback'
const port = await new Promise((resolve) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port: free } = probe.address()
    probe.close(() => resolve(free))
  })
})
const resource = await start(port)

async function run(name, sdk) {
  const kept = {}
  const pages = []
  const authProvider = {
    redirectUrl: REDIRECT, clientMetadata: { client_name: name, redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' },
    clientInformation: () => kept.client, saveClientInformation: (client) => void (kept.client = client),
    tokens: () => kept.tokens, saveTokens: (tokens) => void (kept.tokens = tokens),
    codeVerifier: () => kept.verifier, saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
    discoveryState: () => kept.discovery, saveDiscoveryState: (discovery) => void (kept.discovery = discovery),
    invalidateCredentials: (what) => void delete kept[what], redirectToAuthorization: (page) => void pages.push(page),
  }
  const connect = async () => {
    const transport = new sdk.StreamableHTTPClientTransport(new URL(resource), { authProvider })
    const client = new sdk.Client({ name: 'app', version: '1.0.0' })
    const error = await client.connect(transport).then(() => undefined, (reason) => reason)
    return { client, transport, error }
  }
  const call = (client) => client.callTool({ name: 'add', arguments: {} }).then(() => 'works', (error) => error.name)
  const logIn = async () => {
    const { transport } = await connect()
    let url = pages.at(-1).href
    const cookies = []
    while (!url.startsWith(REDIRECT)) {
      const { headers } = await fetch(url, { redirect: 'manual', headers: { Cookie: cookies.join('; ') } })
      cookies.push(...headers.getSetCookie().map((each) => each.split(';')[0]))
      url = new URL(headers.get('location'), url).href
    }
    await transport.finishAuth(new URL(url).searchParams.get('code'))
    return (await connect()).client
  }
  const count = () => `${pages.length} login page${pages.length === 1 ? '' : 's'}`
  const ended = async () => {
    await wait(5000)
    pages.length = 0
    const { error } = await connect()
    return `${count()}${pages.length === 0 ? `, ${error.name}` : ''}`
  }
  const client = await logIn()
  const first = await call(client)
  await wait(2100)
  const refreshed = await call(client)
  await client.close()
  const line = [`login: ${first}; access token ended: ${refreshed}; refresh token ended: `, await ended()]
  line.splice(1, 0, `${state.last}, `)
  if (name === '2.x') {
    pages.length = 0
    const { error } = await connect()
    line.push(`; connected again: ${count()}, ${error.name}, tokens ${kept.tokens ? 'kept' : 'dropped'}`)
    for (const [title, code] of [['the same without `error`', ''], ['with server_error', 'server_error'], ['with invalid_grant', 'invalid_grant']]) {
      delete kept.tokens
      await (await logIn()).close()
      state.code = code
      line.push(`; ${title}: ${await ended()}`)
      state.code = undefined
    }
  }
  console.log(`${name}: ${line.join('')}`)
}
await run('1.x', { Client, StreamableHTTPClientTransport })
await run('2.x', two)
process.exit()
JS
seen=$(node_modules/.bin/node logins.mjs 2> errors.log) || { cat errors.log; exit 1; }
echo "$seen"
start='login: works; access token ended: works; refresh token ended: 400 Bad Request'
again='connected again: 0 login pages, OAuthError, tokens kept'
[ "$seen" = "1.x: $start, 1 login page
2.x: $start, 0 login pages, OAuthError; $again; the same without \`error\`: 1 login page; with server_error: 1 login page; with invalid_grant: 1 login page" ] || { echo 'This has changed.'; exit 1; }
