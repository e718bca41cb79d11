/** Authorization servers of other projects as referees: their tokens pass, and what is not theirs does not. */

import { fileURLToPath } from 'node:url'
import { issuer as createOpenauth } from '@openauthjs/openauth'
import { MemoryStorage } from '@openauthjs/openauth/storage/memory'
import { createSubjects } from '@openauthjs/openauth/subject'
import { build } from 'esbuild'
import type { Fetch } from 'mcp-gatehouse'
import { openauth } from 'mcp-gatehouse/providers'
import { Miniflare } from 'miniflare'
import { OAuth2Server } from 'oauth2-mock-server'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createReferee, logIn, REDIRECT, RESOURCE } from './referee.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

describe('oauth2-mock-server', () => {
  it.each(['RS256', 'PS384', 'ES256', 'ES512', 'EdDSA'])('signs with %s', async (alg) => {
    const { send, issue } = await startMockServer(alg)
    expect(await send(await issue({ aud: RESOURCE, sub: 'user-1', scope: 'notes:read' }))).toBe(
      '200',
    )
    expect(await send(await issue({ aud: 'https://other.example', scope: 'notes:read' }))).toBe(
      '401 token_audience',
    )
    expect(await send(await issue({ aud: RESOURCE, exp: 1, scope: 'notes:read' }))).toBe(
      '401 token_expired',
    )
    expect(await send(await issue({ aud: RESOURCE, iss: 'https://other.example' }))).toBe(
      '401 token_issuer',
    )
  })

  it('rotates its keys', async () => {
    const { server, send, issue } = await startMockServer('ES256')
    const claims = { aud: RESOURCE, sub: 'user-1', scope: 'notes:read' }
    expect(await send(await issue(claims))).toBe('200')
    await server.issuer.keys.generate('ES256', { kid: 'second' })
    expect(await send(await issue(claims, 'second'))).toBe('200')
  })

  async function startMockServer(alg: string) {
    const server = new OAuth2Server()
    await server.issuer.keys.generate(alg, { kid: 'first' })
    await server.start(0, '127.0.0.1')
    closers.push(() => server.stop())
    const issuer = server.issuer.url ?? ''
    const { send } = createReferee({ issuer }, { requiredScopes: ['notes:read'] })
    const issue = (claims: Record<string, unknown>, kid = 'first') =>
      server.issuer.buildToken({
        kid,
        scopesOrTransform: (_header: unknown, payload: Record<string, unknown>) => {
          Object.assign(payload, claims)
        },
      })
    return { server, send, issue }
  }
})

describe('openauth', () => {
  it('logs in, and its access token passes with the preset', async () => {
    const issuer = 'https://openauth.example'
    const app = createOpenauth({
      subjects: createSubjects({ user: z.object({ id: z.string() }) }),
      storage: MemoryStorage(),
      providers: {
        test: {
          type: 'test',
          init(routes, context) {
            routes.get('/authorize', (c) => context.success(c, { id: 'user-1' }))
          },
        },
      },
      allow: async () => true,
      success: async (context) => context.subject('user', { id: 'user-1' }),
    })
    const call: Fetch = async (url, init) => app.request(url, init)
    const tokens = await logIn({
      authorize: `${issuer}/authorize`,
      token: `${issuer}/token`,
      client: 'notes-client',
      call,
    })
    const { send } = createReferee(openauth({ issuer, clientIds: ['notes-client'] }), {
      fetch: call,
    })
    expect(await send(tokens.access_token)).toBe('200')
    expect(await send(tokens.refresh_token ?? '')).toBe('401 token_malformed')

    const others = createReferee(openauth({ issuer, clientIds: ['other-client'] }), { fetch: call })
    expect(await others.send(tokens.access_token)).toBe('401 token_audience')
  })
})

describe('workers-oauth-provider in workerd', () => {
  it('registers, logs in, and its opaque token passes', async () => {
    const call = await startWorker()
    const registered = await call('https://mcp.example/register', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' }),
    })
    const { client_id: client } = (await registered.json()) as { client_id: string }
    const login = (extra: Record<string, string>) =>
      logIn({
        authorize: 'https://mcp.example/authorize',
        token: 'https://mcp.example/token',
        client,
        call,
        extra,
      })
    const send = async (token: string) => {
      const headers = { Authorization: `Bearer ${token}` }
      return call(RESOURCE, { method: 'POST', headers })
    }

    const good = await login({ scope: 'notes:read', resource: RESOURCE })
    expect(await (await send(good.access_token)).json()).toEqual({
      subject: 'user-1',
      hasClient: true,
      scopes: ['notes:read'],
    })
    const narrow = await send(
      (await login({ scope: 'notes:write', resource: RESOURCE })).access_token,
    )
    expect(narrow.status).toBe(403)
    expect(narrow.headers.get('WWW-Authenticate')).toContain('scope="notes:read"')
    const bare = await send((await login({ scope: 'notes:read' })).access_token)
    // A grant without `resource` is for the configured one.
    expect(bare.status).toBe(200)
    expect((await send(`${good.access_token}x`)).status).toBe(401)
  })

  async function startWorker(): Promise<Fetch> {
    const bundle = await build({
      entryPoints: [fileURLToPath(new URL('worker.ts', import.meta.url))],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      conditions: ['workerd', 'worker', 'browser'],
      external: ['cloudflare:*', 'node:*'],
      alias: { 'mcp-gatehouse': fileURLToPath(new URL('../../../dist/index.js', import.meta.url)) },
      logLevel: 'error',
    })
    const miniflare = new Miniflare({
      modules: true,
      script: bundle.outputFiles[0]?.text ?? '',
      compatibilityDate: '2026-01-01',
      compatibilityFlags: ['nodejs_compat'],
      kvNamespaces: ['OAUTH_KV'],
      outboundService: () => new Response('no network in this test', { status: 502 }),
    })
    closers.push(() => miniflare.dispose())
    return async (url, init) => {
      const request = new Request(url, init)
      const received = await miniflare.dispatchFetch(url, {
        method: request.method,
        headers: [...request.headers],
        body: request.method === 'GET' ? null : await request.text(),
        redirect: 'manual',
      })
      const { status, headers } = received
      return new Response(await received.text(), { status, headers: [...headers] })
    }
  }
})
