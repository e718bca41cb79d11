/**
 * `mcpAuthRouter` of the MCP SDK 1.x, an authorization server inside an MCP server: the router registers clients, checks
 * PKCE and limits rates; the application keeps the logins. Here it issues JWTs, and opaque tokens that the same process
 * verifies. Costs nothing to install and 1 second to run.
 */

import { once } from 'node:events'
import type { Server } from 'node:http'
import type { OAuthServerProvider } from '@modelcontextprotocol/sdk/server/auth/provider.js'
import { mcpAuthRouter } from '@modelcontextprotocol/sdk/server/auth/router.js'
import type { OAuthClientInformationFull } from '@modelcontextprotocol/sdk/shared/auth.js'
import express from 'express'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { AuthorizationServerOptions, CustomTokenOptions, Jwk } from 'mcp-gatehouse'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { portOf } from '../../support/node-server.ts'
import {
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

interface Login {
  readonly client: string
  readonly scopes: readonly string[]
  readonly resource: string | undefined
  readonly expiresAt: number
}

/** What the application keeps, by code, refresh token and opaque access token. */
const logins = new Map<string, Login & { readonly challenge?: string }>()
const clients = new Map<string, OAuthClientInformationFull>()

let http: Server
let origin: string
let privateKey: CryptoKey
let publicKey: JWK

beforeAll(async () => {
  const keys = await generateKeyPair('ES256')
  privateKey = keys.privateKey
  publicKey = { ...(await exportJWK(keys.publicKey)), kid: 'key-1' }
  http = await listen(1)
  origin = originOf(http)
})
afterAll(() => void http.close())

describe('JWTs of mcpAuthRouter', () => {
  it('passes a JWT for the resource, and rejects the others', async () => {
    const referee = createReferee(jwtServer(), { requiredScopes: ['notes:read'] })
    const tokens = await logInFor({ resource: RESOURCE })
    expect(await referee.send(tokens.access_token)).toBe('200')
    expect(referee.context()).toEqual({
      subject: 'user-1',
      clientId: await register(),
      scopes: ['notes:read'],
      audience: [RESOURCE],
    })
    expect(await referee.send((await logInFor({ resource: `${RESOURCE}/2` })).access_token)).toBe(
      '401 token_audience',
    )
    // The router passes on a request without `resource`; the audience is then what the application makes of it.
    expect(await referee.send((await logInFor({})).access_token)).toBe('401 token_audience')
    expect(await referee.send(tokens.refresh_token ?? '')).toBe('401 token_malformed')
    const [head, claims] = tokens.access_token.split('.')
    expect(await referee.send(`${head}.${claims}.${'A'.repeat(86)}`)).toBe('401 token_signature')
    referee.wait(7200)
    expect(await referee.send(tokens.access_token)).toBe('401 token_expired')
  })

  it('answers a missing scope with a step-up challenge', async () => {
    const { send } = createReferee(jwtServer(), { requiredScopes: ['notes:write'] })
    expect(await send((await logInFor({ resource: RESOURCE })).access_token)).toBe(
      '403 scope_insufficient',
    )
    const wide = await logInFor({ resource: RESOURCE, scope: 'notes:read notes:write' })
    expect(await send(wide.access_token)).toBe('200')
  })

  it('logs the client of the SDK in, which registers itself, and refreshes', async () => {
    const login = await logInWithSdk(jwtServer(), undefined, undefined, ['notes:read'])
    expect(login.text).toBe('user-1')
    expect(login.asked['scope']).toBe('notes:read')
    expect(login.findings).toEqual([
      'warning server-issuer-parameter',
      // The router publishes no keys; the resource has them from its options.
      'warning server-keys',
      'warning cors-preflight',
    ])
    expect(await login.callAfterRefresh()).toBe('user-1')
  })
})

describe('the rates of mcpAuthRouter behind a proxy', () => {
  it.each([
    [false, 429],
    [1, 201],
  ])('with `trust proxy` %s the twenty-first user gets %i', async (trustProxy, status) => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const server = await listen(trustProxy)
    const statuses: number[] = []
    for (let user = 1; user <= 21; user += 1) {
      const response = await fetch(`${originOf(server)}/register`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': `192.0.2.${user}` },
        body: JSON.stringify({ redirect_uris: [REDIRECT] }),
      })
      statuses.push(response.status)
    }
    server.close()
    expect(statuses).toEqual([...Array<number>(20).fill(201), status])
  })
})

describe('opaque tokens of mcpAuthRouter', () => {
  it('passes a token until it is revoked at the router, or expires', async () => {
    const referee = createReferee(opaqueServer(), { requiredScopes: ['notes:read'] })
    const { refresh_token: token = '' } = await logInFor({ resource: RESOURCE })
    expect(await referee.send(token)).toBe('200')
    expect(referee.context()).toMatchObject({ subject: 'user-1', audience: [RESOURCE] })
    await postForm(
      fetch,
      `${origin}/revoke`,
      new URLSearchParams({ token, client_id: await register() }),
    )
    expect(await referee.send(token)).toBe('401 token_inactive')

    const other = await logInFor({ resource: `${RESOURCE}/2` })
    expect(await referee.send(other.refresh_token ?? '')).toBe('401 token_audience')
    const good = await logInFor({ resource: RESOURCE })
    referee.wait(7200)
    expect(await referee.send(good.refresh_token ?? '')).toBe('401 token_expired')
  })

  it('rejects invented and foreign tokens without a lock-out', async () => {
    const referee = createReferee(opaqueServer())
    expect(await referee.send(inventJwt({ iss: 'https://other.example' }))).toBe('401 token_issuer')
    const invent = (index: number) => `invented-${index}`
    await expectNoLockOut(referee, invent, '401 token_inactive', async () => {
      return (await logInFor({ resource: RESOURCE })).refresh_token ?? ''
    })
  })
})

async function listen(trustProxy: number | false): Promise<Server> {
  const app = express()
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  app.set('trust proxy', trustProxy)
  app.use(
    mcpAuthRouter({
      provider: createProvider(),
      issuerUrl: new URL(originOf(server)),
      scopesSupported: ['notes:read', 'notes:write'],
    }),
  )
  return server
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${portOf(server)}`
}

function jwtServer(): AuthorizationServerOptions {
  // The router has no endpoint for keys, and its issuer ends in a slash.
  return { issuer: `${origin}/`, jwks: { keys: [publicKey as Jwk] } }
}

function opaqueServer(): AuthorizationServerOptions {
  const accessToken: CustomTokenOptions = {
    kind: 'custom',
    async verify(token) {
      const login = logins.get(token)
      if (login === undefined) return null
      const { client, scopes, resource, expiresAt } = login
      return {
        sub: 'user-1',
        client_id: client,
        scope: scopes.join(' '),
        aud: resource,
        exp: expiresAt,
      }
    },
  }
  return { issuer: `${origin}/`, accessToken }
}

let registered: Promise<string> | undefined
function register(): Promise<string> {
  registered ??= fetch(`${origin}/register`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' }),
  }).then(async (response) => ((await response.json()) as { readonly client_id: string }).client_id)
  return registered
}

async function logInFor(extra: Record<string, string>): Promise<Tokens> {
  return logIn({
    authorize: `${origin}/authorize`,
    token: `${origin}/token`,
    client: await register(),
    call: fetch,
    extra: { scope: 'notes:read', ...extra },
  })
}

function createProvider(): OAuthServerProvider {
  const keep = (login: Login & { readonly challenge?: string }): string => {
    const name = crypto.randomUUID()
    logins.set(name, login)
    return name
  }
  const take = (name: string): Login & { readonly challenge?: string } => {
    const login = logins.get(name)
    if (login === undefined) throw new Error('unknown')
    logins.delete(name)
    return login
  }
  const issue = async ({ client, scopes, resource }: Login) => {
    const now = Math.floor(Date.now() / 1000)
    const scope = scopes.join(' ')
    const token = new SignJWT({ client_id: client, scope })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'key-1' })
      .setIssuer(`${origin}/`)
      .setSubject('user-1')
      .setJti(crypto.randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(now + 3600)
    if (resource !== undefined) token.setAudience(resource)
    return {
      access_token: await token.sign(privateKey),
      token_type: 'Bearer',
      expires_in: 3600,
      scope,
      refresh_token: keep({ client, scopes, resource, expiresAt: now + 3600 }),
    }
  }
  return {
    clientsStore: {
      getClient: (id) => clients.get(id),
      registerClient(client) {
        const full = client as OAuthClientInformationFull
        clients.set(full.client_id, full)
        return full
      },
    },
    async authorize(
      client,
      { scopes = [], resource, codeChallenge, redirectUri, state },
      response,
    ) {
      const code = keep({
        client: client.client_id,
        scopes,
        resource: resource?.href,
        challenge: codeChallenge,
        expiresAt: 0,
      })
      const target = new URL(redirectUri)
      target.search = new URLSearchParams({ code, state: state ?? '' }).toString()
      response.redirect(target.href)
    },
    challengeForAuthorizationCode: async (_client, code) => logins.get(code)?.challenge ?? '',
    exchangeAuthorizationCode: async (_client, code) => issue(take(code)),
    exchangeRefreshToken: async (_client, token) => issue(take(token)),
    async revokeToken(_client, { token }) {
      logins.delete(token)
    },
    async verifyAccessToken() {
      throw new Error('unused')
    },
  }
}
