import { afterEach, describe, expect, expectTypeOf, test, vi } from 'vitest'
import { type BunServer, protect } from '../../adapters/bun.ts'
import { type AnonymousContext, type AuthContext, ConfigError } from '../../src/index.ts'
import { METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { expectRejection } from '../support/rejection.ts'
import { setUp } from '../support/setup-resource.ts'
import { unchecked } from '../support/unchecked.ts'

describe('protect() for Bun', () => {
  test('gives the handler the request, the context and the server', async () => {
    const { resource, issuer } = await setUp()
    const received: unknown[] = []
    const { fetch } = protect(resource, (...all) => {
      received.push(...all)
      return new Response('handled')
    })
    const server = createServer()
    const request = bearer(await issuer.token())
    expect((await fetch(request, server)).status).toBe(200)
    expect(received).toEqual([request, expect.objectContaining({ subject: 'user-1' }), server])
    expect(received[0]).toBe(request)
  })

  test.each(['text/event-stream', 'text/event-stream; charset=utf-8', 'Text/Event-Stream'])(
    'lifts the idle timeout of %s',
    async (type) => {
      const { resource, issuer } = await setUp()
      const { fetch } = protect(resource, () => typed(type))
      const server = createServer()
      const request = bearer(await issuer.token())
      await fetch(request, server)
      expect(server.timeouts).toEqual([[request, 0]])
    },
  )

  test.each(['application/json', 'text/event-streams', 'text/plain; of=text/event-stream'])(
    'leaves the idle timeout of %s alone',
    async (type) => {
      const { resource, issuer } = await setUp()
      const { fetch } = protect(resource, () => typed(type))
      const server = createServer()
      await fetch(bearer(await issuer.token()), server)
      expect(server.timeouts).toEqual([])
    },
  )

  test.each(['text/event-stream', 'application/json, Text/Event-Stream;q=0.5'])(
    'lifts the idle timeout before the handler runs, for a GET that accepts %s',
    async (accept) => {
      const { resource, issuer } = await setUp()
      let before: unknown[] = []
      const { fetch } = protect(resource, () => {
        before = [...server.timeouts]
        return new Response('no stream')
      })
      const server = createServer()
      const request = bearer(await issuer.token())
      request.headers.set('Accept', accept)
      await fetch(request, server)
      expect(before).toEqual([[request, 0]])
      // The connection stays open, and its client may be gone.
      expect(server.timeouts).toEqual([
        [request, 0],
        [request, 255],
      ])
    },
  )

  test('limits the connection again where the handler of such a GET fails, and not where it responds with a stream', async () => {
    const { resource, issuer } = await setUp()
    const request = bearer(await issuer.token())
    request.headers.set('Accept', 'text/event-stream')
    const [failed, streamed] = [createServer(), createServer()]
    const fail = () => Promise.reject(new Error('no events'))
    await expect(protect(resource, fail).fetch(request, failed)).rejects.toThrow('no events')
    expect(failed.timeouts.map(([, seconds]) => seconds)).toEqual([0, 255])
    await protect(resource, () => typed('text/event-stream')).fetch(request, streamed)
    expect(streamed.timeouts.map(([, seconds]) => seconds)).toEqual([0, 255, 0])
  })

  test('lifts the idle timeout of the request that Bun has passed, where the handler gets a copy', async () => {
    const sessions = { secret: 'x'.repeat(32) }
    const { resource, issuer } = await setUp({ options: { sessions } })
    const received: (Request | string | null)[] = []
    const { fetch } = protect(resource, (request) => {
      received.push(request, request.headers.get('Mcp-Session-Id'))
      return new Response('handled', { headers: { 'Mcp-Session-Id': 'own' } })
    })
    const server = createServer()
    const request = bearer(await issuer.token())
    const first = await fetch(request, server)
    const again = new Request(request, {
      headers: {
        ...Object.fromEntries(request.headers),
        accept: 'text/event-stream',
        'mcp-session-id': first.headers.get('Mcp-Session-Id') ?? '',
      },
    })
    expect((await fetch(again, server)).status).toBe(200)
    expect(received).toEqual([request, null, expect.any(Request), 'own'])
    expect(received[2]).not.toBe(again)
    expect(server.timeouts.map(([, seconds]) => seconds)).toEqual([0, 255])
    expect(server.timeouts.every(([native]) => native === again)).toBe(true)
  })

  test.each([
    ['POST', 'application/json, text/event-stream'],
    ['HEAD', 'text/event-stream'],
    ['GET', 'application/json'],
    ['GET', 'text/event-streams'],
  ])('leaves the idle timeout of a %s that accepts %s alone', async (method, accept) => {
    const { resource, issuer } = await setUp()
    const { fetch } = protect(resource, () => new Response('handled'))
    const server = createServer()
    const { headers } = bearer(await issuer.token())
    headers.set('Accept', accept)
    await fetch(new Request(RESOURCE, { method, headers }), server)
    expect(server.timeouts).toEqual([])
  })

  test('leaves the idle timeout of a rejected GET alone, and runs without a server', async () => {
    const { resource, issuer } = await setUp()
    const { fetch } = protect(resource, () => new Response('handled'))
    const server = createServer()
    const accept = { Accept: 'text/event-stream' }
    const response = await fetch(new Request(RESOURCE, { headers: accept }), server)
    await expectRejection(response, { status: 401, resourceMetadata: METADATA_URL })
    expect(server.timeouts).toEqual([])
    const request = bearer(await issuer.token())
    request.headers.set('Accept', 'text/event-stream')
    expect((await fetch(request, unchecked<BunServer>(undefined))).status).toBe(200)
  })

  test('copies a frozen response each time', async () => {
    const { resource, issuer } = await setUp()
    const constant = Object.freeze(new Response(null, { status: 202 }))
    const { fetch } = protect(resource, () => constant)
    const request = bearer(await issuer.token())
    expect(await fetch(request, createServer())).not.toBe(constant)
    expect(await fetch(request, createServer())).not.toBe(constant)
  })

  test.each([202, 404])(
    'copies a %i without a body that a handler returns again',
    async (status) => {
      const { resource, issuer } = await setUp()
      const constant = new Response(null, { status, headers: { 'X-Own': 'yes' } })
      const { fetch } = protect(resource, () => constant)
      const request = bearer(await issuer.token())
      const [first, second] = [
        await fetch(request, createServer()),
        await fetch(request, createServer()),
      ]
      expect(first).toBe(constant)
      // Bun would send the same response without its fields.
      expect(second).not.toBe(constant)
      expect([second.status, [...second.headers]]).toEqual([status, [...constant.headers]])
      expect(second.headers.get('X-Own')).toBe('yes')
    },
  )

  test('leaves a response to Bun whose body was sent before', async () => {
    const { resource, issuer } = await setUp()
    const constant = new Response('once')
    const { fetch } = protect(resource, () => constant)
    const { headers } = bearer(await issuer.token())
    for (let count = 0; count < 2; count++) {
      const request = new Request(RESOURCE, { method: 'POST', headers })
      expect(await fetch(request, createServer())).toBe(constant)
      if (count === 0) await constant.text()
    }
  })

  test('passes on the missing response of an upgrade', async () => {
    const { resource, issuer } = await setUp()
    const { fetch } = protect(resource, () => unchecked<Response>(undefined))
    expect(await fetch(bearer(await issuer.token()), createServer())).toBeUndefined()
  })

  test('rejects a request without credentials, within the idle timeout', async () => {
    const { resource } = await setUp()
    let calls = 0
    const { fetch } = protect(resource, () => {
      calls += 1
      return typed('text/event-stream')
    })
    const server = createServer()
    const response = await fetch(new Request(RESOURCE), server)
    await expectRejection(response, { status: 401, resourceMetadata: METADATA_URL })
    expect(calls).toBe(0)
    expect(server.timeouts).toEqual([])
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

  test('has types that fit Bun', async () => {
    const { resource } = await setUp()
    interface Server extends BunServer {
      readonly port: number
    }
    const served = protect(resource, (_request, auth, server: Server) => {
      expectTypeOf(auth).toEqualTypeOf<AuthContext>()
      return new Response(String(server.port))
    })
    served satisfies { fetch(request: Request, server: Server): Response | Promise<Response> }
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

describe('a rejected request that is longer than what was read of it', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  /** A request whose body has one part more than the test gives it. */
  function uploading(connection: string, token?: string) {
    let controller: ReadableStreamDefaultController | undefined
    const body = new ReadableStream({
      start(given) {
        controller = given
      },
    })
    const headers = {
      Connection: connection,
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    }
    const init = { method: 'POST', headers, body, duplex: 'half' }
    return { request: new Request(RESOURCE, init as RequestInit), source: () => controller }
  }

  async function reject(request: Request) {
    const { resource } = await setUp()
    let calls = 0
    let isSettled = false
    const handler = (): Response => {
      calls += 1
      return new Response('handled')
    }
    const settle = (response: Response): Response => {
      isSettled = true
      return response
    }
    const response = protect(resource, handler).fetch(request, createServer()).then(settle)
    const expect401 = async (): Promise<Response> => {
      await expectRejection(await response, { status: 401, resourceMetadata: METADATA_URL })
      expect(calls).toBe(0)
      return response
    }
    return { expect401, isSettled: () => isSettled }
  }

  test.each(['close', 'keep-alive'])(
    'is read to its end where the connection is %s',
    async (connection) => {
      vi.useFakeTimers()
      const { request, source } = uploading(connection)
      const { expect401, isSettled } = await reject(request)
      source()?.enqueue(new Uint8Array(1000))
      await vi.advanceTimersByTimeAsync(999)
      expect(isSettled()).toBe(false)
      source()?.close()
      expect((await expect401()).headers.get('Connection')).toBeNull()
      expect(vi.getTimerCount()).toBe(0)
    },
  )

  test('is read for at most one second, and then ends its connection', async () => {
    vi.useFakeTimers()
    const { request } = uploading('keep-alive')
    const { expect401, isSettled } = await reject(request)
    await vi.advanceTimersByTimeAsync(999)
    expect(isSettled()).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect((await expect401()).headers.get('Connection')).toBe('close')
  })

  test('gets its response if its client disconnects', async () => {
    const { request, source } = uploading('close')
    const { expect401 } = await reject(request)
    source()?.error(new Error('gone'))
    await expect401()
  })

  test.each([
    [404, 'abc', null],
    [413, 'abc', 'close'],
    [408, null, 'close'],
  ])(
    'ends its connection with a %s of the handler, if it is incomplete',
    async (status, text, expected) => {
      const { resource, issuer } = await setUp()
      const { request, source } = uploading('keep-alive', await issuer.token())
      const { fetch } = protect(resource, async (received) => {
        const body = text && (await received.text())
        return new Response(body, { status, headers: { 'X-Own': 'yes' } })
      })
      const sending = fetch(request, createServer())
      source()?.enqueue(new TextEncoder().encode('abc'))
      if (text !== null) source()?.close()
      const response = await sending
      expect([response.status, await response.text()]).toEqual([status, text ?? ''])
      expect(response.headers.get('X-Own')).toBe('yes')
      expect(response.headers.get('Connection')).toBe(expected)
    },
  )

  test('is read to its end after a handler that has read a part and rejects', async () => {
    vi.useFakeTimers()
    const { resource, issuer } = await setUp()
    const rejecting = async (rest: string | undefined) => {
      const { request, source } = uploading('keep-alive', await issuer.token())
      const { fetch } = protect(resource, async ({ body }) => {
        const reader = body?.getReader()
        await reader?.read()
        reader?.releaseLock()
        hasRead()
        return new Response(null, { status: 404 })
      })
      let hasRead = (): void => {}
      const reading = new Promise<void>((resolve) => {
        hasRead = resolve
      })
      const sending = fetch(request, createServer())
      source()?.enqueue(new TextEncoder().encode('abc'))
      await reading
      await vi.advanceTimersByTimeAsync(500)
      if (rest !== undefined) {
        source()?.enqueue(new TextEncoder().encode(rest))
        source()?.close()
      }
      await vi.advanceTimersByTimeAsync(500)
      const { status, headers } = await sending
      return [status, headers.get('Connection')]
    }
    expect(await rejecting('def')).toEqual([404, null])
    expect(await rejecting(undefined)).toEqual([404, 'close'])
  })

  test('is left to a handler that runs', async () => {
    const { resource, issuer } = await setUp()
    const { request } = uploading('close', await issuer.token())
    const { fetch } = protect(resource, () => new Response('handled'))
    expect(await (await fetch(request, createServer())).text()).toBe('handled')
    expect(request.bodyUsed).toBe(false)
  })
})

function typed(type: string): Response {
  return new Response('data: x\n\n', { headers: { 'Content-Type': type } })
}

function bearer(token: string): Request {
  return new Request(RESOURCE, { headers: { Authorization: `Bearer ${token}` } })
}

function createServer(): BunServer & { readonly timeouts: [Request, number][] } {
  const timeouts: [Request, number][] = []
  return { timeouts, timeout: (...all) => timeouts.push(all) }
}
