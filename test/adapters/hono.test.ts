/** The Hono adapter as applications mount it. */

import { type Context, Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type AuthVariables, bearerAuth } from '../../adapters/hono.ts'
import {
  type AnonymousContext,
  type AuthContext,
  AuthError,
  ConfigError,
  type ProtectedResource,
  type ProtectedResourceOptions,
  protectedResource,
  requireScopes,
} from '../../src/index.ts'
import { createClock } from '../support/clock.ts'
import { createIssuer, METADATA_URL, RESOURCE, type TestIssuer } from '../support/issuer.ts'
import { bearerChallenge, expectRejection } from '../support/rejection.ts'

const NOTES = 'https://rs.example/notes'
const NOTES_METADATA = 'https://rs.example/.well-known/oauth-protected-resource/notes'
const APP = 'https://app.example'

let issuer: TestIssuer
let resource: ProtectedResource
let notes: ProtectedResource
let runs: (AuthContext | AnonymousContext)[]

beforeEach(async () => {
  issuer = await createIssuer()
  resource = make(RESOURCE)
  notes = make(NOTES)
  runs = []
})

afterEach(() => {
  vi.restoreAllMocks()
})

function make(
  identifier: string,
  options: Partial<ProtectedResourceOptions> = {},
): ProtectedResource {
  return protectedResource({
    ...options,
    resource: identifier,
    authorizationServers: [issuer.issuer],
    fetch: issuer.fetch,
    now: createClock().now,
    origins: [APP],
  })
}

async function bearer(claims: Record<string, unknown> = {}): Promise<Record<string, string>> {
  return { Authorization: `Bearer ${await issuer.token(claims)}` }
}

function handler(c: Context): Response {
  runs.push(c.get('auth'))
  return c.text('done')
}

describe('bearerAuth()', () => {
  it('accepts a valid token and stores its context in c.var.auth', async () => {
    const app = new Hono().post('/mcp', bearerAuth(resource), (c) => {
      runs.push(c.var.auth)
      return c.json({ subject: c.var.auth.subject })
    })
    const response = await app.request(RESOURCE, { method: 'POST', headers: await bearer() })
    expect([response.status, await response.json()]).toEqual([200, { subject: 'user-1' }])
    expect(runs).toMatchObject([{ ok: true, anonymous: false, identifier: RESOURCE }])
  })

  it('rejects invalid requirements when it is created', () => {
    expect(() => bearerAuth(resource, { scopes: ['two words'] })).toThrow(ConfigError)
    const asked = (() => ({ scopes: ['admin'] })) as object
    expect(() => bearerAuth(resource, asked)).toThrow(ConfigError)
    const promised = Promise.resolve({ scopes: ['admin'] }) as object
    expect(() => bearerAuth(resource, promised)).toThrow(ConfigError)
  })

  it('rejects all other requests itself', async () => {
    const app = new Hono().all('/mcp', bearerAuth(resource, { scopes: ['write'] }), handler)
    const anonymous = await app.request(RESOURCE, { method: 'POST' })
    await expectRejection(anonymous, {
      status: 401,
      scope: 'write',
      resourceMetadata: METADATA_URL,
    })
    const malformed = { Authorization: 'Bearer a b' }
    await expectRejection(await app.request(RESOURCE, { headers: malformed }), {
      status: 400,
      error: 'invalid_request',
      resourceMetadata: METADATA_URL,
    })
    await expectRejection(await app.request(RESOURCE, { headers: await bearer({ exp: 1 }) }), {
      status: 401,
      error: 'invalid_token',
      scope: 'write',
      resourceMetadata: METADATA_URL,
    })
    await expectRejection(await app.request(RESOURCE, { headers: await bearer() }), {
      status: 403,
      error: 'insufficient_scope',
      scope: 'write',
      resourceMetadata: METADATA_URL,
    })
    issuer.respondAt('https://as.example/jwks', () => new Response(null, { status: 500 }))
    const cold = new Hono().all('/mcp', bearerAuth(make(RESOURCE)), handler)
    const down = await cold.request(RESOURCE, { headers: await bearer() })
    expect([down.status, down.headers.get('WWW-Authenticate')]).toEqual([503, null])
    expect(runs).toEqual([])
  })

  it('responds to preflights first, with the route’s methods', async () => {
    const app = new Hono().use('/mcp', bearerAuth(resource)).post('/mcp', handler)
    const headers = { Origin: APP, 'Access-Control-Request-Method': 'POST' }
    const response = await app.request(RESOURCE, { method: 'OPTIONS', headers })
    expect(response.status).toBe(204)
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(APP)
    expect(response.headers.get('Access-Control-Allow-Headers')).toContain('Authorization')
    const foreign = { ...headers, Origin: 'https://evil.example' }
    expect((await app.request(RESOURCE, { method: 'OPTIONS', headers: foreign })).status).toBe(403)
    expect(runs).toEqual([])
  })

  it('with optional: true passes requests without credentials on as anonymous, and rejects invalid tokens', async () => {
    const app = new Hono().post('/mcp', bearerAuth(resource, { optional: true }), handler)
    expect((await app.request(RESOURCE, { method: 'POST' })).status).toBe(200)
    expect(runs).toMatchObject([{ ok: true, anonymous: true, identifier: RESOURCE, scopes: [] }])
    const headers = await bearer()
    expect((await app.request(RESOURCE, { method: 'POST', headers })).status).toBe(200)
    expect(runs[1]).toMatchObject({ anonymous: false, subject: 'user-1' })
    const bad = { Authorization: 'Bearer junk' }
    const rejection = await app.request(RESOURCE, { method: 'POST', headers: bad })
    await expectRejection(rejection, {
      status: 401,
      error: 'invalid_token',
      resourceMetadata: METADATA_URL,
    })
    expect(runs).toHaveLength(2)
  })

  it('calls a function that chooses the resource by the context', async () => {
    const app = new Hono<{ Variables: AuthVariables }>()
    app.use(
      '/:which',
      bearerAuth((c) => (c.req.param('which') === 'notes' ? notes : resource)),
    )
    app.post('/:which', handler)
    const first = await app.request(NOTES, { method: 'POST' })
    await expectRejection(first, { status: 401, resourceMetadata: NOTES_METADATA })
    const headers = await bearer({ aud: NOTES })
    expect((await app.request(NOTES, { method: 'POST', headers })).status).toBe(200)
    expect(runs).toMatchObject([{ identifier: NOTES }])
    const elsewhere = await app.request(RESOURCE, { method: 'POST', headers })
    await expectRejection(elsewhere, {
      status: 401,
      error: 'invalid_token',
      resourceMetadata: METADATA_URL,
    })
  })

  it.each([
    ['nothing', () => undefined, /created, not undefined/],
    ['a promise', async () => resource, /not a promise of it: wait for it first/],
  ])('names what a function returns instead of a resource: %s', async (_what, choose, message) => {
    const app = new Hono()
    const errors: Error[] = []
    app.onError((error, c) => {
      errors.push(error)
      return c.text('failed', 500)
    })
    app.post('/mcp', bearerAuth(choose as never), handler)
    expect((await app.request(RESOURCE, { method: 'POST' })).status).toBe(500)
    expect(errors.map((error) => error.message)).toEqual([expect.stringMatching(message)])
    expect(runs).toEqual([])
  })

  it('calls a function that chooses by c.env', async () => {
    const app = new Hono<{ Bindings: { which: ProtectedResource } }>()
    app.post(
      '/mcp',
      bearerAuth((c) => c.env.which),
      handler,
    )
    const response = await app.request(RESOURCE, { method: 'POST' }, { which: notes })
    await expectRejection(response, { status: 401, resourceMetadata: NOTES_METADATA })
  })

  it('guards under a base path and in an application mounted below another', async () => {
    const based = new Hono().basePath('/mcp').post('/', bearerAuth(resource), handler)
    const below = new Hono().route('/mcp', new Hono().post('/', bearerAuth(resource), handler))
    for (const app of [based, below]) {
      const rejection = await app.request(RESOURCE, { method: 'POST' })
      await expectRejection(rejection, { status: 401, resourceMetadata: METADATA_URL })
      const headers = await bearer()
      expect((await app.request(RESOURCE, { method: 'POST', headers })).status).toBe(200)
    }
    expect(runs).toHaveLength(2)
  })

  it('leaves the body unread for the handler', async () => {
    const app = new Hono().post('/mcp', bearerAuth(resource), async (c) =>
      c.json(await c.req.json()),
    )
    const headers = await bearer()
    const response = await app.request(RESOURCE, { method: 'POST', headers, body: '{"a":1}' })
    expect(await response.json()).toEqual({ a: 1 })
  })

  it('passes background work to the execution context', async () => {
    const app = new Hono().post('/mcp', bearerAuth(resource), handler)
    const waitUntil = vi.fn()
    const ctx = { waitUntil, passThroughOnException: () => {}, props: {} }
    const request = new Request(RESOURCE, { method: 'POST', headers: await bearer() })
    expect((await app.fetch(request, {}, ctx)).status).toBe(200)
    expect(waitUntil).toHaveBeenCalled()
    await Promise.all(waitUntil.mock.calls.map(([work]) => work))
  })
})

describe('bearerAuth() and errors of handlers', () => {
  it('turns an AuthError into its response, with the scopes of the route', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const app = new Hono().post('/mcp', bearerAuth(resource, { scopes: ['read'] }), (c) => {
      requireScopes(c.var.auth, ['write'])
      return handler(c)
    })
    const headers = { ...(await bearer()), Origin: APP }
    const response = await app.request(RESOURCE, { method: 'POST', headers })
    expect(response.status).toBe(403)
    expect(response.headers.get('WWW-Authenticate')).toBe(
      bearerChallenge('insufficient_scope', 'read write', METADATA_URL),
    )
    expect(response.headers.get('Content-Type')).toBe('application/json')
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(APP)
    expect(runs).toEqual([])
  })

  it('does so in mounted applications and behind an error handler of the application', async () => {
    const inner = new Hono().post('/', () => {
      throw new AuthError('scope_insufficient', { scopes: ['write'] })
    })
    const app = new Hono().use('/mcp', bearerAuth(resource)).route('/mcp', inner)
    app.onError((_, c) => c.text('ours', 500, { 'X-Ours': '1' }))
    const response = await app.request(RESOURCE, { method: 'POST', headers: await bearer() })
    await expectRejection(response, {
      status: 403,
      error: 'insufficient_scope',
      scope: 'write',
      resourceMetadata: METADATA_URL,
    })
    expect(response.headers.get('X-Ours')).toBeNull()
  })

  it('leaves every other error to the application, and completes its response', async () => {
    const app = new Hono().post('/mcp', bearerAuth(resource), (c) => {
      if (c.req.header('X-Mine') === '1') throw new HTTPException(418, { message: 'teapot' })
      throw new Error('boom')
    })
    app.onError((error, c) =>
      error instanceof HTTPException ? error.getResponse() : c.text('ours', 500),
    )
    const headers = { ...(await bearer()), Origin: APP }
    const ours = await app.request(RESOURCE, { method: 'POST', headers })
    expect([ours.status, await ours.text()]).toEqual([500, 'ours'])
    expect(ours.headers.get('Access-Control-Allow-Origin')).toBe(APP)
    const teapot = { ...headers, 'X-Mine': '1' }
    const theirs = await app.request(RESOURCE, { method: 'POST', headers: teapot })
    expect([theirs.status, await theirs.text()]).toEqual([418, 'teapot'])
    expect(theirs.headers.get('Access-Control-Allow-Origin')).toBe(APP)
  })
})

describe('bearerAuth() and responses of handlers', () => {
  it('adds CORS and caching headers, and keeps the handler’s own', async () => {
    const app = new Hono().post('/mcp', bearerAuth(resource), (c) => {
      c.header('X-Mine', '1')
      c.header('Vary', 'Accept')
      c.header('Set-Cookie', 'a=1', { append: true })
      c.header('Set-Cookie', 'b=2', { append: true })
      return c.text('done', 201)
    })
    const headers = { ...(await bearer()), Origin: APP }
    const response = await app.request(RESOURCE, { method: 'POST', headers })
    expect([response.status, await response.text()]).toEqual([201, 'done'])
    expect(response.headers.get('X-Mine')).toBe('1')
    expect(response.headers.get('Vary')).toBe('Accept, Origin')
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(response.headers.get('Cache-Control')).toBe('private')
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(APP)
    expect(response.headers.get('Access-Control-Expose-Headers')).toContain('WWW-Authenticate')
  })

  it('completes a response with immutable headers', async () => {
    const app = new Hono().post('/mcp', bearerAuth(resource), async () => {
      // Like a response of `fetch`: `Response.redirect` has immutable headers, too.
      return Response.redirect('https://elsewhere.example/', 307)
    })
    const headers = { ...(await bearer()), Origin: APP }
    const response = await app.request(RESOURCE, { method: 'POST', headers })
    expect(response.status).toBe(307)
    expect(response.headers.get('Location')).toBe('https://elsewhere.example/')
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(APP)
    expect(response.headers.get('Cache-Control')).toBe('private')
  })

  it('keeps headers of later middleware, and completes a 404 without a handler', async () => {
    const app = new Hono().use('*', bearerAuth(resource))
    const headers = { ...(await bearer()), Origin: APP }
    const response = await app.request(`${RESOURCE}/nothing`, { headers })
    expect(response.status).toBe(404)
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(APP)
  })
})

describe('bearerAuth() with sessions', () => {
  it('opens the id before the handler, also where a middleware has read the body, and seals it', async () => {
    const bound = protectedResource({
      resource: RESOURCE,
      authorizationServers: [issuer.issuer],
      sessions: { secret: 'a secret of at least thirty-two bytes' },
      fetch: issuer.fetch,
      now: createClock().now,
    })
    const app = new Hono()
    app.use('/mcp/parsed', async (c, next) => {
      await c.req.json()
      await next()
    })
    app.use('/mcp/*', bearerAuth(bound))
    app.all('*', async (c) => {
      runs.push((c as Context).get('auth'))
      const id = c.req.header('Mcp-Session-Id') ?? 'session-1'
      c.header('Mcp-Session-Id', id)
      return c.json([id, c.req.raw.headers.get('Mcp-Session-Id'), await c.req.json()])
    })
    const send = async (path: string, sub: string, id?: string) =>
      app.request(`https://rs.example${path}`, {
        method: 'POST',
        headers: { ...(await bearer({ sub })), ...(id && { 'Mcp-Session-Id': id }) },
        body: '{"a":1}',
      })
    const opened = await send('/mcp/x', 'alice')
    const id = opened.headers.get('Mcp-Session-Id') ?? ''
    expect(await opened.json()).toEqual(['session-1', null, { a: 1 }])
    for (const path of ['/mcp/x', '/mcp/parsed']) {
      const response = await send(path, 'alice', id)
      expect(response.headers.get('Mcp-Session-Id')).toBe(id)
      expect(await response.json()).toEqual(['session-1', 'session-1', { a: 1 }])
      expect((await send(path, 'bob', id)).status).toBe(404)
    }
    expect(runs).toHaveLength(3)
  })
})
