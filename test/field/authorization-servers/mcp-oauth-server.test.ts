/**
 * `mcp-oauth-server`, the continuation of the SDK's `mcpAuthRouter` that keeps logins itself. Its tokens are opaque, and it has
 * no introspection, so that the same process verifies them. Costs 2 seconds to install and 1 to run.
 */

import { once } from 'node:events'
import type { Server } from 'node:http'
import express from 'express'
import type { AuthorizationServerOptions } from 'mcp-gatehouse'
import {
  authenticateHandler,
  mcpAuthRouter,
  OAuthError,
  OAuthServer,
  ServerError,
} from 'mcp-oauth-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { portOf } from '../../support/node-server.ts'
import {
  createReferee,
  expectNoLockOut,
  logIn,
  type Page,
  postForm,
  REDIRECT,
  RESOURCE,
  type Tokens,
} from './referee.ts'
import { logInWithSdk } from './sdk-login.ts'

const SCOPES = ['notes:read', 'notes:write']

let http: Server
let origin: string
let provider: OAuthServer

beforeAll(async () => {
  const app = express()
  http = app.listen(0, '127.0.0.1')
  await once(http, 'listening')
  origin = `http://127.0.0.1:${portOf(http)}`
  provider = new OAuthServer({
    issuerUrl: new URL(origin),
    authorizationUrl: new URL(`${origin}/consent`),
    scopesSupported: SCOPES,
  })
  // Without `scopesSupported` the metadata of the router has none.
  app.use(mcpAuthRouter({ provider, scopesSupported: SCOPES }))
  app.get('/consent', (_request, response) => void response.send('Allow?'))
  app.use('/confirm', authenticateHandler({ provider, getUser: async () => 'user-1' }))
})
afterAll(() => void http.close())

describe('refreshes at mcp-oauth-server', () => {
  it.each([
    [{}, 'invalid_target'],
    [{ resource: 'https://mcp.example' }, 'invalid_target'],
    [{ resource: RESOURCE, scope: 'notes:read notes:write' }, 'invalid_scope'],
  ])('ends the login where a refresh sends %j', async (wrong, error) => {
    const tokens = await logInFor({ resource: RESOURCE })
    await expect(refresh(tokens, wrong)).rejects.toThrow(error)
    // The corrected request comes too late.
    await expect(refresh(tokens, { resource: RESOURCE })).rejects.toThrow('invalid_grant')
  })

  it('narrows the login for good where a refresh asks for fewer scopes', async () => {
    const { send } = createReferee(server(), { requiredScopes: ['notes:write'] })
    const wide = await logInFor({ resource: RESOURCE, scope: 'notes:read notes:write' })
    const narrow = await refresh(wide, { resource: RESOURCE, scope: 'notes:read' })
    expect(await send(narrow.access_token)).toBe('403 scope_insufficient')
    const next = await refresh(narrow, { resource: RESOURCE })
    expect(await send(next.access_token)).toBe('403 scope_insufficient')
  })
})

describe('mcp-oauth-server', () => {
  it('passes a token for the resource until it is revoked, or expires', async () => {
    const referee = createReferee(server(), { requiredScopes: ['notes:read'] })
    const { access_token: token } = await logInFor({ resource: RESOURCE })
    expect(await referee.send(token)).toBe('200')
    expect(referee.context()).toEqual({
      subject: 'user-1',
      clientId: await register(),
      scopes: ['notes:read'],
      audience: [RESOURCE],
    })
    await revoke(token)
    expect(await referee.send(token)).toBe('401 token_inactive')
    const good = await logInFor({ resource: RESOURCE })
    referee.wait(7200)
    expect(await referee.send(good.access_token)).toBe('401 token_expired')
  })

  it('rejects other resources, refresh tokens and what it never issued', async () => {
    const referee = createReferee(server())
    const other = await logInFor({ resource: `${RESOURCE}/2` })
    expect(await referee.send(other.access_token)).toBe('401 token_audience')
    const { refresh_token: refresh = '' } = await logInFor({ resource: RESOURCE })
    expect(await referee.send(refresh)).toBe('401 token_inactive')
    const invent = (index: number) => `invented-${index}`
    await expectNoLockOut(referee, invent, '401 token_inactive', async () => {
      return (await logInFor({ resource: RESOURCE })).access_token
    })
  })

  it('answers a missing scope with a step-up challenge', async () => {
    const { send } = createReferee(server(), { requiredScopes: ['notes:write'] })
    expect(await send((await logInFor({ resource: RESOURCE })).access_token)).toBe(
      '403 scope_insufficient',
    )
    const wide = await logInFor({ resource: RESOURCE, scope: 'notes:read notes:write' })
    expect(await send(wide.access_token)).toBe('200')
  })

  it('ends the access token with the login', async () => {
    const { send } = createReferee(server())
    const { access_token: token, refresh_token: refresh = '' } = await logInFor({
      resource: RESOURCE,
    })
    expect(await send(token)).toBe('200')
    await revoke(refresh)
    expect(await send(token)).toBe('401 token_inactive')
  })

  it('logs the client of the SDK in, which registers itself, and refreshes', async () => {
    const login = await logInWithSdk(server(), undefined, confirm, ['notes:read'])
    expect(login.text).toBe('user-1')
    expect(login.asked['scope']).toBe('notes:read')
    expect(login.findings).toEqual([
      // It has no keys: its tokens are opaque.
      'warning server-keys',
      'warning cors-preflight',
      'warning server-cors',
      'warning server-token-cors',
    ])
    expect(await login.callAfterRefresh()).toBe('user-1')
  })
})

function server(): AuthorizationServerOptions {
  return {
    issuer: `${origin}/`,
    accessToken: {
      kind: 'custom',
      async verify(token) {
        try {
          const { userId, clientId, scopes, resource, expiresAt } =
            await provider.verifyAccessToken(token)
          return {
            sub: userId,
            client_id: clientId,
            scope: scopes.join(' '),
            aud: resource?.href,
            exp: expiresAt,
          }
        } catch (error) {
          // A failure of its storage is no judgement about the token.
          if (error instanceof OAuthError && !(error instanceof ServerError)) return null
          throw error
        }
      },
    },
  }
}

let registered: Promise<string> | undefined
function register(): Promise<string> {
  registered ??= fetch(`${origin}/register`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      redirect_uris: [REDIRECT],
      token_endpoint_auth_method: 'none',
      // Without this member the client gets no refresh token.
      grant_types: ['authorization_code', 'refresh_token'],
    }),
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
    visit: confirm,
  })
}

/** The consent page repeats the parameters of the authorization request. */
async function confirm({ url }: Page): Promise<string | undefined> {
  const response = await fetch(`${origin}/confirm`, {
    method: 'POST',
    body: new URL(url).searchParams,
    redirect: 'manual',
  })
  return response.headers.get('Location') ?? undefined
}

async function refresh(
  { refresh_token: token = '' }: Tokens,
  more: Record<string, string>,
): Promise<Tokens> {
  const form = {
    grant_type: 'refresh_token',
    refresh_token: token,
    client_id: await register(),
    ...more,
  }
  return postForm(fetch, `${origin}/token`, new URLSearchParams(form))
}

async function revoke(token: string): Promise<void> {
  const form = new URLSearchParams({ token, client_id: await register() })
  await postForm(fetch, `${origin}/revoke`, form)
}
