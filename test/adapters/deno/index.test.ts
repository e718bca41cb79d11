import { describe, expect, expectTypeOf, test } from 'vitest'
import { protect } from '../../../adapters/deno/index.ts'
import { type AnonymousContext, type AuthContext, ConfigError } from '../../../src/index.ts'
import { METADATA_URL, RESOURCE } from '../../support/issuer.ts'
import { expectRejection } from '../../support/rejection.ts'
import { setUp } from '../../support/setup-resource.ts'

const INFO = { remoteAddr: { transport: 'tcp', hostname: '127.0.0.1', port: 4711 } }

describe('protect() for Deno', () => {
  test('is a handler that is also its own fetch', async () => {
    const { resource } = await setUp()
    const serve = protect(resource, () => new Response('handled'))
    expect(serve.fetch).toBe(serve)
    const response = await serve.fetch(new Request(METADATA_URL), INFO)
    expect(await response.json()).toEqual(resource.metadata)
  })

  test('gives the handler the request, the context and info', async () => {
    const { resource, issuer } = await setUp()
    const received: unknown[] = []
    const serve = protect(resource, (...all) => {
      received.push(...all)
      return new Response('handled')
    })
    const headers = { Authorization: `Bearer ${await issuer.token()}` }
    const request = new Request(RESOURCE, { headers })
    expect((await serve(request, INFO)).status).toBe(200)
    expect(received).toEqual([request, expect.objectContaining({ subject: 'user-1' }), INFO])
    expect(received[0]).toBe(request)
  })

  test.each(['get', 'Head', 'patch', 'TRACK', 'trace', 'CONNECT'])(
    'responds with 501 to %s, which a copy of the Request would lose or change',
    async (method) => {
      const { resource, issuer } = await setUp()
      let calls = 0
      const handler = () => {
        calls += 1
        return new Response('handled')
      }
      const headers = { Authorization: `Bearer ${await issuer.token()}` }
      const request = new Request(RESOURCE, { headers })
      Object.defineProperty(request, 'method', { value: method })
      for (const source of [resource, [resource], () => resource]) {
        const response = await protect(source, handler)(request, INFO)
        expect([response.status, response.headers.has('WWW-Authenticate')]).toEqual([501, false])
      }
      expect(calls).toBe(0)
    },
  )

  test('throws if the handler returns no response, for which Deno would let the client wait', async () => {
    const { resource, issuer } = await setUp()
    const serve = protect(resource, () => undefined as never)
    const headers = { Authorization: `Bearer ${await issuer.token()}` }
    const request = new Request(RESOURCE, { headers })
    await expect(serve(request, INFO)).rejects.toThrow('The handler returned no Response.')
  })

  test('rejects a request without credentials', async () => {
    const { resource } = await setUp()
    let calls = 0
    const serve = protect(resource, () => {
      calls += 1
      return new Response('handled')
    })
    const response = await serve(new Request(RESOURCE), INFO)
    await expectRejection(response, { status: 401, resourceMetadata: METADATA_URL })
    expect(calls).toBe(0)
  })

  test('rejects invalid requirements when it is created', async () => {
    const { resource } = await setUp()
    const wrap = () => protect(resource, () => new Response(), { scopes: ['two words'] })
    expect(wrap).toThrow(ConfigError)
  })

  test('rejects resources that require a certificate, unless a proxy header is configured', async () => {
    const required = await setUp({ options: { mtls: { required: true } } })
    const behind = { required: true, dangerouslyTrustHeader: 'Client-Cert' }
    const trusting = await setUp({ options: { mtls: behind } })
    expect(() => protect(required.resource, () => new Response())).toThrow(ConfigError)
    expect(() => protect([required.resource], () => new Response())).toThrow(
      /resources\[0\]\.mtls: requires client certificates/,
    )
    expect(() => protect(trusting.resource, () => new Response())).not.toThrow()
  })

  test('has types that fit Deno', async () => {
    const { resource } = await setUp()
    interface ServeHandlerInfo {
      remoteAddr: { transport: 'tcp'; hostname: string; port: number }
      completed: Promise<void>
    }
    type ServeHandler = (request: Request, info: ServeHandlerInfo) => Response | Promise<Response>
    const typed = protect(resource, (_request, auth, info: ServeHandlerInfo) => {
      expectTypeOf(auth).toEqualTypeOf<AuthContext>()
      return new Response(info.remoteAddr.hostname)
    })
    typed satisfies ServeHandler & { fetch: ServeHandler }
    const plain = protect(
      resource,
      (_request, auth) => {
        expectTypeOf(auth).toEqualTypeOf<AuthContext | AnonymousContext>()
        return new Response()
      },
      { optional: true },
    )
    plain satisfies ServeHandler & { fetch: ServeHandler }
  })
})
