import { describe, expect, expectTypeOf, test } from 'vitest'
import { protect, type WorkerContext } from '../../../adapters/cloudflare/index.ts'
import {
  type AnonymousContext,
  type AuthContext,
  ConfigError,
  type ProtectedResourceOptions,
  protectedResource,
} from '../../../src/index.ts'
import { createClock, type TestClock } from '../../support/clock.ts'
import { createIssuer, ISSUER, METADATA_URL, RESOURCE } from '../../support/issuer.ts'
import { expectRejection } from '../../support/rejection.ts'
import { unchecked } from '../../support/unchecked.ts'

interface Env {
  readonly RESOURCE: string
}

const ENV: Env = { RESOURCE }

describe('protect() for Workers', () => {
  test('gives the handler the request, the context, env and ctx', async () => {
    const issuer = await createIssuer()
    const received: unknown[] = []
    const worker = protect<Env>(resourceWith({ fetch: issuer.fetch }), (...all) => {
      received.push(...all)
      return new Response('handled')
    })
    const request = bearer(await issuer.token())
    const ctx = createContext()
    const response = await worker.fetch(request, ENV, ctx)
    expect(await response.text()).toBe('handled')
    expect(response.headers.get('Cache-Control')).toBe('private')
    expect(received).toEqual([request, expect.objectContaining({ subject: 'user-1' }), ENV, ctx])
    expect(received[0]).toBe(request)
  })

  test('calls the resource function once per env object', async () => {
    const issuer = await createIssuer()
    const asked: Env[] = []
    const worker = protect(
      (env: Env) => {
        asked.push(env)
        return resourceWith({ resource: env.RESOURCE, fetch: issuer.fetch })
      },
      () => new Response('handled'),
    )
    const token = await issuer.token()
    const other = { RESOURCE: 'https://rs.example/other' }
    for (const env of [ENV, ENV, other, ENV, other]) {
      await worker.fetch(bearer(token), env, createContext())
    }
    expect(asked).toEqual([ENV, other])
    // Each resource caches its keys between requests.
    expect(issuer.requests.filter((url) => url === `${ISSUER}/jwks`)).toHaveLength(2)
  })

  test('serves the metadata of every resource of a list', async () => {
    const resources = [resourceWith({}), resourceWith({ resource: 'https://rs.example/other' })]
    const worker = protect(
      () => resources,
      () => new Response('handled'),
    )
    const urls = [METADATA_URL, METADATA_URL.replace('/mcp', '/other')]
    const documents = await Promise.all(
      urls.map(async (url) => (await worker.fetch(new Request(url), ENV, createContext())).json()),
    )
    expect(documents).toEqual(resources.map(({ metadata }) => metadata))
  })

  test('refreshes documents through ctx.waitUntil, without delaying the response', async () => {
    const issuer = await createIssuer()
    const clock = createClock()
    const worker = protect(resourceWith({ fetch: issuer.fetch }, clock), () => new Response('ok'))
    const token = await issuer.token()
    await worker.fetch(bearer(token), ENV, createContext())
    const keysAsked = (): number => issuer.requests.filter((url) => url.endsWith('/jwks')).length
    expect(keysAsked()).toBe(1)

    // A document is fresh for ten minutes, give or take a tenth, and refreshed in the last tenth. So the
    // refresh is due now or one minute later, when the document is still fresh.
    clock.advance(539)
    const held = Promise.withResolvers<Response>()
    issuer.respondAt(`${ISSUER}/jwks`, () => held.promise)
    const ctx = createContext()
    const response = await worker.fetch(bearer(token), ENV, ctx)
    expect(response.status).toBe(200)
    if (ctx.work.length === 0) {
      clock.advance(60)
      expect((await worker.fetch(bearer(token), ENV, ctx)).status).toBe(200)
    }
    expect(ctx.work.length).toBeGreaterThan(0)
    held.resolve(Response.json(issuer.jwks))
    await Promise.all(ctx.work)
    expect(keysAsked()).toBe(2)
  })

  test('rejects a request without credentials', async () => {
    let calls = 0
    const worker = protect(resourceWith({}), () => {
      calls += 1
      return new Response('handled')
    })
    const response = await worker.fetch(new Request(RESOURCE), ENV, createContext())
    await expectRejection(response, { status: 401, resourceMetadata: METADATA_URL })
    expect(calls).toBe(0)
  })

  test('passes anonymous requests on with optional: true', async () => {
    const received: (AuthContext | AnonymousContext)[] = []
    const worker = protect(
      resourceWith({}),
      (_request, auth) => {
        received.push(auth)
        return new Response('handled')
      },
      { optional: true },
    )
    await worker.fetch(new Request(RESOURCE), ENV, createContext())
    expect(received).toEqual([expect.objectContaining({ anonymous: true, ok: true })])
  })

  test('calls a function of requirements with env and ctx', async () => {
    const issuer = await createIssuer()
    const ctx = createContext()
    const asked: unknown[] = []
    const worker = protect<Env>(
      resourceWith({ fetch: issuer.fetch }),
      () => new Response('handled'),
      (_request, ...host) => {
        asked.push(...host)
        return { scopes: ['write'] }
      },
    )
    const response = await worker.fetch(bearer(await issuer.token()), ENV, ctx)
    await expectRejection(response, {
      status: 403,
      error: 'insufficient_scope',
      scope: 'write',
      resourceMetadata: METADATA_URL,
    })
    expect(asked).toEqual([ENV, ctx])
  })

  test('rejects invalid requirements when it is created', () => {
    const wrap = () => protect(resourceWith({}), () => new Response(), { scopes: ['two words'] })
    expect(wrap).toThrow(ConfigError)
  })

  test('accepts no request with a promise as requirements', async () => {
    const issuer = await createIssuer()
    const promised = unchecked<() => { optional: false }>(async () => ({ scopes: ['admin'] }))
    const resource = resourceWith({ fetch: issuer.fetch })
    const worker = protect<Env>(resource, () => new Response('handled'), promised)
    const response = worker.fetch(bearer(await issuer.token()), ENV, createContext())
    await expect(response).rejects.toThrow(TypeError)
  })

  test.each([
    [
      'an object that inherits from a promise',
      Object.create(Promise.resolve({ scopes: ['admin'] })),
    ],
    ['a list', ['admin']],
    ['a text', 'admin'],
    ['null', null],
  ])('accepts no request with %s as requirements', async (_what, needs) => {
    const issuer = await createIssuer()
    const wrong = unchecked<() => { optional: false }>(() => needs)
    const resource = resourceWith({ fetch: issuer.fetch })
    const worker = protect<Env>(resource, () => new Response('handled'), wrong)
    const response = worker.fetch(bearer(await issuer.token()), ENV, createContext())
    await expect(response).rejects.toThrow(TypeError)
  })

  test('has types that fit Workers', () => {
    interface ExecutionContext extends WorkerContext {
      passThroughOnException(): void
      readonly props: unknown
    }
    interface ExportedHandler {
      fetch?: (request: Request, env: Env, ctx: ExecutionContext) => Response | Promise<Response>
    }
    const resource = resourceWith({})
    const worker = protect(resource, (_request, auth, env: Env, ctx: ExecutionContext) => {
      expectTypeOf(auth).toEqualTypeOf<AuthContext>()
      ctx.passThroughOnException()
      return new Response(env.RESOURCE)
    }) satisfies ExportedHandler
    expectTypeOf(worker.fetch).parameter(1).toEqualTypeOf<Env>()
    protect(
      resource,
      (_request, auth) => {
        expectTypeOf(auth).toEqualTypeOf<AuthContext | AnonymousContext>()
        return new Response()
      },
      { optional: true },
    )
  })
})

function resourceWith(
  options: Partial<ProtectedResourceOptions>,
  clock: TestClock = createClock(),
): ReturnType<typeof protectedResource> {
  return protectedResource({
    resource: RESOURCE,
    authorizationServers: [ISSUER],
    audience: RESOURCE,
    now: clock.now,
    ...options,
  })
}

function bearer(token: string): Request {
  return new Request(RESOURCE, { headers: { Authorization: `Bearer ${token}` } })
}

interface TestContext extends WorkerContext {
  readonly work: Promise<unknown>[]
}

function createContext(): TestContext {
  const work: Promise<unknown>[] = []
  return { work, waitUntil: (promise) => work.push(promise) }
}
