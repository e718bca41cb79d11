/**
 * `@node-oauth/oauth2-server`, the library behind `express-oauth-server` and many Express applications. It knows no
 * `resource`: the application gives its tokens an audience. Here they are JWTs with a key of the application, or opaque
 * tokens that the same application verifies. Costs 1 second to install and 1 to run.
 */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import OAuth2Server, {
  type AuthorizationCode,
  type AuthorizationCodeModel,
  type Client,
  type RefreshTokenModel,
  type Token,
} from '@node-oauth/oauth2-server'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { CustomTokenOptions } from 'mcp-gatehouse'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { portOf } from '../../support/node-server.ts'
import {
  basic,
  createReferee,
  expectNoLockOut,
  inventJwt,
  logIn,
  postForm,
  REDIRECT,
  RESOURCE,
  type Tokens,
} from './referee.ts'
import { logInWithSdk } from './sdk-login.ts'

const USER = { id: 'user-1' }
const GRANTS = ['authorization_code', 'refresh_token']
const CLIENTS: Readonly<Record<string, string>> = { app: '', web: 'secret-of-web' }

let http: Server
let origin: string
let privateKey: CryptoKey
let jwk: JWK
let kind: 'jwt' | 'opaque'
let audience: string
/** By access token. */
const tokens = new Map<string, Token>()

beforeAll(async () => {
  const keys = await generateKeyPair('ES256')
  privateKey = keys.privateKey
  jwk = { ...(await exportJWK(keys.publicKey)), kid: 'key-1' }
  // Without the second option, clients without a secret get refresh tokens that they cannot use.
  const server = new OAuth2Server({
    model: createModel(),
    requireClientAuthentication: { refresh_token: false },
  })
  http = createServer((request, response) => respond(server, request, response))
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  origin = `http://127.0.0.1:${portOf(http)}`
})
afterAll(() => void http.close())

describe('JWTs of @node-oauth/oauth2-server', () => {
  beforeAll(() => {
    kind = 'jwt'
    audience = RESOURCE
  })

  it('passes a JWT for the resource, and rejects the others', async () => {
    const referee = createReferee({ issuer: origin }, { requiredScopes: ['notes:read'] })
    const first = await logInAs('app', 'notes:read')
    expect(await referee.send(first.access_token)).toBe('200')
    expect(referee.context()).toEqual({
      subject: 'user-1',
      clientId: 'app',
      scopes: ['notes:read'],
      audience: [RESOURCE],
    })
    expect(await referee.send(first.refresh_token ?? '')).toBe('401 token_malformed')
    const [head, claims] = first.access_token.split('.')
    expect(await referee.send(`${head}.${claims}.${'A'.repeat(86)}`)).toBe('401 token_signature')
    audience = 'https://other.example'
    expect(await referee.send((await logInAs('app', 'notes:read')).access_token)).toBe(
      '401 token_audience',
    )
    audience = RESOURCE
    referee.wait(7200)
    expect(await referee.send(first.access_token)).toBe('401 token_expired')
  })

  it('answers a missing scope with a step-up challenge', async () => {
    const { send } = createReferee({ issuer: origin }, { requiredScopes: ['notes:write'] })
    expect(await send((await logInAs('app', 'notes:read')).access_token)).toBe(
      '403 scope_insufficient',
    )
    const wide = await logInAs('app', 'notes:read notes:write')
    expect(await send(wide.access_token)).toBe('200')
    // A refresh for fewer scopes is for good.
    const narrow = await refresh(wide, { scope: 'notes:read' })
    expect(await send(narrow.access_token)).toBe('403 scope_insufficient')
    expect(await send((await refresh(narrow)).access_token)).toBe('403 scope_insufficient')
  })

  it('logs the client of the SDK in, and refreshes', async () => {
    // The resource of that login has another identifier than the audience that the application writes.
    const server = { issuer: origin, audience: RESOURCE }
    const login = await logInWithSdk(server, 'app', undefined, ['notes:read'])
    expect(login.text).toBe('user-1')
    expect(login.findings).toEqual([
      'warning server-client-registration',
      'warning server-issuer-parameter',
      'warning cors-preflight',
      'warning server-cors',
      'warning server-token-cors',
      'warning token-audience',
    ])
    expect(await login.callAfterRefresh()).toBe('user-1')
  })
})

describe('opaque tokens of @node-oauth/oauth2-server', () => {
  beforeAll(() => {
    kind = 'opaque'
    audience = RESOURCE
  })

  it('passes a token until the application revokes it, or it expires', async () => {
    const referee = createReferee(opaqueServer(), { requiredScopes: ['notes:read'] })
    const first = await logInAs('web', 'notes:read')
    expect(await referee.send(first.access_token)).toBe('200')
    expect(referee.context()).toMatchObject({ subject: 'user-1', clientId: 'web' })
    expect(await referee.send(first.refresh_token ?? '')).toBe('401 token_inactive')
    // A refresh revokes the access token that it replaces, because the model deletes both.
    const second = await refresh(first)
    expect(await referee.send(first.access_token)).toBe('401 token_inactive')
    expect(await referee.send(second.access_token)).toBe('200')
    referee.wait(7200)
    expect(await referee.send(second.access_token)).toBe('401 token_expired')
  })

  it('rejects invented and foreign tokens without a lock-out', async () => {
    const referee = createReferee(opaqueServer())
    expect(await referee.send(inventJwt({ iss: 'https://other.example' }))).toBe('401 token_issuer')
    const invent = (index: number) => `invented-${index}`
    await expectNoLockOut(referee, invent, '401 token_inactive', async () => {
      return (await logInAs('app', 'notes:read')).access_token
    })
  })
})

function opaqueServer() {
  const accessToken: CustomTokenOptions = {
    kind: 'custom',
    async verify(token) {
      const found = tokens.get(token)
      if (found === undefined) return null
      return {
        sub: found.user['id'],
        client_id: found.client.id,
        scope: (found.scope ?? []).join(' '),
        aud: audience,
        exp: Math.floor((found.accessTokenExpiresAt?.getTime() ?? 0) / 1000),
      }
    },
  }
  return { issuer: origin, accessToken }
}

async function logInAs(client: string, scope: string): Promise<Tokens> {
  const secret = CLIENTS[client] ?? ''
  return logIn({
    authorize: `${origin}/authorize`,
    token: `${origin}/token`,
    client,
    call: fetch,
    ...(secret !== '' && { headers: basic(client, secret) }),
    extra: { scope, resource: RESOURCE },
  })
}

function refresh({ refresh_token: token = '' }: Tokens, more: Record<string, string> = {}) {
  const client = tokens.values().find(({ refreshToken }) => refreshToken === token)?.client.id ?? ''
  const secret = CLIENTS[client] ?? ''
  const form = { grant_type: 'refresh_token', refresh_token: token, client_id: client, ...more }
  const headers = secret === '' ? {} : basic(client, secret)
  return postForm(fetch, `${origin}/token`, new URLSearchParams(form), headers)
}

function createModel(): AuthorizationCodeModel & RefreshTokenModel {
  const codes = new Map<string, AuthorizationCode>()
  return {
    async getClient(id, secret) {
      const expected = CLIENTS[id]
      if (expected === undefined || (secret && secret !== expected)) return false
      return { id, redirectUris: [REDIRECT], grants: GRANTS }
    },
    async saveAuthorizationCode(code, client, user) {
      const saved = { ...code, client, user }
      codes.set(code.authorizationCode, saved)
      return saved
    },
    getAuthorizationCode: async (code) => codes.get(code),
    revokeAuthorizationCode: async ({ authorizationCode }) => codes.delete(authorizationCode),
    async generateAccessToken(client, user, scope) {
      if (kind === 'opaque') return crypto.randomUUID()
      return new SignJWT({ client_id: client.id, scope: (scope ?? []).join(' ') })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'key-1' })
        .setIssuer(origin)
        .setSubject(user['id'])
        .setAudience(audience)
        .setJti(crypto.randomUUID())
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(privateKey)
    },
    async saveToken(token, client, user) {
      const saved = { ...token, client, user }
      tokens.set(token.accessToken, saved)
      return saved
    },
    getAccessToken: async (token) => tokens.get(token),
    async getRefreshToken(name) {
      const found = tokens.values().find(({ refreshToken }) => refreshToken === name)
      return found === undefined ? null : { ...found, refreshToken: name }
    },
    revokeToken: async ({ accessToken }: Token & { readonly client: Client }) =>
      tokens.delete(accessToken),
  }
}

/** What `express-oauth-server` does, and the documents that the application writes itself. */
async function respond(
  server: OAuth2Server,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const url = new URL(incoming.url ?? '/', origin)
  const body = Object.fromEntries(new URLSearchParams((await buffer(incoming)).toString()))
  const request = new OAuth2Server.Request({
    method: incoming.method ?? 'GET',
    headers: incoming.headers as Record<string, string>,
    query: Object.fromEntries(url.searchParams),
    body,
  })
  const response = new OAuth2Server.Response()
  const documents: Readonly<Record<string, unknown>> = {
    '/.well-known/oauth-authorization-server': {
      issuer: origin,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      jwks_uri: `${origin}/jwks`,
      response_types_supported: ['code'],
      grant_types_supported: GRANTS,
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none', 'client_secret_basic'],
      scopes_supported: ['notes:read', 'notes:write'],
    },
    '/jwks': { keys: [jwk] },
  }
  const found = documents[url.pathname]
  if (found !== undefined) response.body = found
  else if (url.pathname === '/authorize') {
    await server.authorize(request, response, { authenticateHandler: { handle: () => USER } })
  } else if (url.pathname === '/token') {
    await server.token(request, response).catch(() => {})
  } else response.status = 404
  outgoing.writeHead(response.status ?? 200, {
    'Content-Type': 'application/json',
    ...response.headers,
  })
  outgoing.end(JSON.stringify(response.body))
}
