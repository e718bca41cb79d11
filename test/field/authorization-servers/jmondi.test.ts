/**
 * `@jmondi/oauth2-server`, the library of many NestJS and AdonisJS servers. Its JWTs are signed with a secret, so that other
 * servers introspect them; `token_type` is `access_token` there. With a key of the application they are verified here.
 * Costs 1 second to install and 1 to run.
 */

import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import {
  AuthorizationServer,
  DateInterval,
  generateRandomToken,
  type JwtInterface,
  JwtService,
  type OAuthAuthCode,
  type OAuthClient,
  type OAuthToken,
} from '@jmondi/oauth2-server'
import { requestFromVanilla, responseToVanilla } from '@jmondi/oauth2-server/vanilla'
import jsonwebtoken from 'jsonwebtoken'
import type { AuthorizationServerOptions, Fetch, Jwk } from 'mcp-gatehouse'
import { describe, expect, it } from 'vitest'
import {
  basic,
  createReferee,
  logIn,
  postForm,
  REDIRECT,
  RESOURCE,
  type Tokens,
} from './referee.ts'

const ISSUER = 'https://auth.example'
const USER = { id: 'user-1' }

describe('JWTs of @jmondi/oauth2-server', () => {
  it('passes a JWT that names the audience, with the key that the application publishes', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const { call, logInFor } = createServer(
      new KeyService(privateKey.export({ type: 'sec1', format: 'pem' }).toString()),
    )
    const server = {
      issuer: ISSUER,
      jwks: { keys: [publicKey.export({ format: 'jwk' }) as Jwk] },
    } satisfies AuthorizationServerOptions
    const referee = createReferee(server, { fetch: call, requiredScopes: ['notes:read'] })
    const { access_token: token, refresh_token: refresh = '' } = await logInFor({
      audience: RESOURCE,
    })
    expect(await referee.send(token)).toBe('200')
    expect(referee.context()).toEqual({
      subject: 'user-1',
      clientId: 'app',
      scopes: ['notes:read'],
      audience: [RESOURCE],
    })
    // The parameter of the standard is ignored.
    expect(await referee.send((await logInFor({ resource: RESOURCE })).access_token)).toBe(
      '401 token_audience',
    )
    // A refresh token is a JWT of the same key.
    expect(await referee.send(refresh)).toBe('401 token_issuer')
    referee.wait(7200)
    expect(await referee.send(token)).toBe('401 token_expired')
  })
})

describe('refreshes at @jmondi/oauth2-server', () => {
  it('narrows the login for good where a refresh asks for fewer scopes', async () => {
    const { call, logInFor } = createServer(new JwtService('a secret of this test, long enough'))
    const server = introspecting(renaming(call))
    const { send } = createReferee(server, { requiredScopes: ['notes:write'] })
    const wide = await logInFor({ audience: RESOURCE, scope: 'notes:read notes:write' })
    expect(await send(wide.access_token)).toBe('200')
    const refresh = ({ refresh_token: token = '' }: Tokens, more: Record<string, string> = {}) => {
      const form = {
        grant_type: 'refresh_token',
        refresh_token: token,
        audience: RESOURCE,
        ...more,
      }
      const credentials = basic('app', 'secret-of-app')
      return postForm(call, `${ISSUER}/token`, new URLSearchParams(form), credentials)
    }
    const narrow = await refresh(wide, { scope: 'notes:read' })
    expect(await send(narrow.access_token)).toBe('403 scope_insufficient')
    expect(await send((await refresh(narrow)).access_token)).toBe('403 scope_insufficient')
  })
})

describe('introspection at @jmondi/oauth2-server', () => {
  it('rejects every token, because its type is access_token', async () => {
    const { call, logInFor } = createServer(new JwtService('a secret of this test, long enough'))
    const { access_token: token } = await logInFor({ audience: RESOURCE })
    expect(await createReferee(introspecting(call)).send(token)).toBe('401 token_type')
  })

  it('passes a token where fetch renames the type, until it is revoked', async () => {
    const { call, logInFor } = createServer(new JwtService('a secret of this test, long enough'))
    const server = introspecting(renaming(call))
    const referee = createReferee(server, { requiredScopes: ['notes:read'] })
    const { access_token: token, refresh_token: refresh = '' } = await logInFor({
      audience: RESOURCE,
    })
    expect(await referee.send(token)).toBe('200')
    expect(referee.context()).toMatchObject({
      subject: 'user-1',
      clientId: 'app',
      audience: [RESOURCE],
    })
    // A refresh token is a JWT without `iss`, so it is never sent to the server.
    expect(await createReferee(server).send(refresh)).toBe('401 token_issuer')
    expect(await createReferee(server).send('invented')).toBe('401 token_inactive')
    const form = new URLSearchParams({ token })
    await postForm(call, `${ISSUER}/revoke`, form, basic('app', 'secret-of-app'))
    expect(await createReferee(server).send(token)).toBe('401 token_inactive')
  })
})

function introspecting(fetch: Fetch): AuthorizationServerOptions {
  return {
    issuer: ISSUER,
    fetch,
    metadata: { issuer: ISSUER, introspection_endpoint: `${ISSUER}/introspect` },
    accessToken: { kind: 'introspection', clientId: 'notes', clientSecret: 'secret-of-notes' },
  }
}

/** What an application needs between this library and the introspection endpoint. */
function renaming(call: Fetch): Fetch {
  return async (input, init) => {
    const response = await call(input, init)
    const body = (await response.json()) as Record<string, unknown>
    const { token_type: type, ...others } = body
    return Response.json(
      type === 'access_token' ? { ...others, token_type: 'Bearer' } : body,
      response,
    )
  }
}

/** A key in place of the secret, as its documentation recommends for several servers. */
class KeyService extends JwtService implements JwtInterface {
  readonly #key: string

  constructor(key: string) {
    super(createPublicKey(createPrivateKey(key)).export({ type: 'spki', format: 'pem' }).toString())
    this.#key = key
  }

  override async sign(payload: Record<string, unknown>): Promise<string> {
    return jsonwebtoken.sign(payload, this.#key, { algorithm: 'ES256' })
  }
}

function createServer(jwt: JwtService) {
  const clients = ['app', 'notes'].map(
    (id): OAuthClient => ({
      id,
      name: id,
      secret: `secret-of-${id}`,
      redirectUris: [REDIRECT],
      allowedGrants: ['authorization_code', 'client_credentials', 'refresh_token'],
      scopes: [{ name: 'notes:read' }, { name: 'notes:write' }],
    }),
  )
  const codes = new Map<string, OAuthAuthCode>()
  const tokens: OAuthToken[] = []
  const find = (test: (token: OAuthToken) => boolean): OAuthToken => {
    const found = tokens.find(test)
    if (found === undefined) throw new Error('unknown')
    return found
  }
  const inAnHour = () => new Date(Date.now() + 3_600_000)
  const server = new AuthorizationServer(
    {
      getByIdentifier: async (id) => clients.find((client) => client.id === id) as OAuthClient,
      isClientValid: async (_grant, client, secret) => client.secret === secret,
    },
    {
      issueToken: async (client, scopes, user) => ({
        accessToken: generateRandomToken(),
        accessTokenExpiresAt: inAnHour(),
        refreshToken: null,
        refreshTokenExpiresAt: null,
        client,
        scopes,
        user: user ?? null,
      }),
      async issueRefreshToken(token) {
        token.refreshToken = generateRandomToken()
        token.refreshTokenExpiresAt = inAnHour()
        return token
      },
      async persist(token) {
        if (!tokens.includes(token)) tokens.push(token)
      },
      async revoke(token) {
        token.accessTokenExpiresAt = new Date(0)
        token.refreshTokenExpiresAt = new Date(0)
      },
      isRefreshTokenRevoked: async (token) =>
        Date.now() > (token.refreshTokenExpiresAt?.getTime() ?? 0),
      getByRefreshToken: async (name) => find(({ refreshToken }) => refreshToken === name),
      getByAccessToken: async (name) => find(({ accessToken }) => accessToken === name),
    },
    {
      getAllByIdentifiers: async (names) => names.map((name) => ({ name })),
      finalize: async (scopes) => scopes,
    },
    jwt,
    { issuer: ISSUER },
  )
  server.enableGrantTypes(
    ['client_credentials', new DateInterval('1h')],
    ['refresh_token', new DateInterval('1h')],
    [
      {
        grant: 'authorization_code',
        userRepository: { getUserByCredentials: async () => USER },
        authCodeRepository: {
          getByIdentifier: async (code) => codes.get(code) as OAuthAuthCode,
          issueAuthCode: (client, user, scopes) => ({
            code: generateRandomToken(),
            expiresAt: inAnHour(),
            client,
            user: user ?? null,
            scopes,
          }),
          async persist(code) {
            codes.set(code.code, code)
          },
          isRevoked: async () => false,
          async revoke(code) {
            codes.delete(code)
          },
        },
      },
      new DateInterval('1h'),
    ],
  )
  const call: Fetch = async (input, init) => {
    const request = await requestFromVanilla(new Request(input, init))
    switch (new URL(String(input)).pathname) {
      case '/authorize': {
        const authorization = await server.validateAuthorizationRequest(request)
        authorization.user = USER
        authorization.isAuthorizationApproved = true
        return responseToVanilla(await server.completeAuthorizationRequest(authorization))
      }
      case '/token':
        return responseToVanilla(await server.respondToAccessTokenRequest(request))
      case '/introspect':
        // As the adapter for Express. Those for Fetch write no content type.
        return Response.json((await server.introspect(request)).body)
      default:
        return responseToVanilla(await server.revoke(request))
    }
  }
  const logInFor = (extra: Record<string, string>) =>
    logIn({
      authorize: `${ISSUER}/authorize`,
      token: `${ISSUER}/token?${new URLSearchParams(extra)}`,
      client: 'app',
      headers: basic('app', 'secret-of-app'),
      call,
      extra: { scope: 'notes:read', ...extra },
    })
  return { call, logInFor }
}
