import { createGzip, gzipSync } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { hostFetch } from '../../src/contract/ports.ts'
import type { FetchPolicy } from '../../src/documents/bounded-fetch.ts'
import { fetchJson } from '../../src/documents/fetch-json.ts'
import { type LoopbackServer, serve, vacantOrigin } from '../support/loopback.ts'

const POLICY: FetchPolicy = { fetch: hostFetch, timeoutMs: 5000, maxBytes: 1000, allowHttp: false }
/** For a fetch that never finishes. */
const IMPATIENT: FetchPolicy = { ...POLICY, timeoutMs: 60 }
const JSON_TYPE = { 'Content-Type': 'application/json' }

async function codeOf(outcome: ReturnType<typeof fetchJson>): Promise<string> {
  const settled = await outcome
  return settled.ok ? 'ok' : settled.error.code
}

/** Fetches from a server that never finishes, and moves the clock to the time limit once the request has arrived. */
async function timedOut(
  server: LoopbackServer,
  begun: (head: Promise<void>) => Promise<unknown> = () => server.arrived,
): ReturnType<typeof fetchJson> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const responded = Promise.withResolvers<void>()
    const fetch = async (url: string, init?: RequestInit) => {
      const response = await hostFetch(url, init)
      responded.resolve()
      return response
    }
    const outcome = fetchJson({ url: server.origin, typed: true }, { ...POLICY, fetch })
    await begun(responded.promise)
    await vi.advanceTimersByTimeAsync(POLICY.timeoutMs)
    return await outcome
  } finally {
    vi.useRealTimers()
  }
}

describe('fetchJson() returns', () => {
  it('the object and the response headers', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { ...JSON_TYPE, 'Cache-Control': 'max-age=60' }).end('{"a":1}')
    })
    const outcome = await fetchJson({ url: `${server.origin}/x`, typed: true }, POLICY)
    if (!outcome.ok) throw outcome.error
    expect(outcome.value.document).toEqual({ a: 1 })
    expect(outcome.value.headers.get('Cache-Control')).toBe('max-age=60')
    expect(server.requests).toEqual(['GET /x'])
  })

  it('a compressed object, and one of exactly the allowed size', async () => {
    const body = JSON.stringify({ a: 'x'.repeat(992) })
    expect(body).toHaveLength(POLICY.maxBytes)
    await using server = await serve((_request, response) => {
      response.writeHead(200, { ...JSON_TYPE, 'Content-Encoding': 'gzip' }).end(gzipSync(body))
    })
    expect(await codeOf(fetchJson({ url: server.origin, typed: true }, POLICY))).toBe('ok')
    const smaller = { ...POLICY, maxBytes: POLICY.maxBytes - 1 }
    expect(await codeOf(fetchJson({ url: server.origin, typed: true }, smaller))).toBe('too_large')
  })

  it('an object of any media type where none is required', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/plain' }).end('{}')
    })
    expect(await codeOf(fetchJson({ url: server.origin, typed: false }, POLICY))).toBe('ok')
    expect(await codeOf(fetchJson({ url: server.origin, typed: true }, POLICY))).toBe('not_json')
  })

  it('the response to one GET that accepts JSON, without cookies, credentials or referrer', async () => {
    let seen: Record<string, unknown> = {}
    await using server = await serve((request, response) => {
      seen = request.headers
      response.writeHead(200, JSON_TYPE).end('{}')
    })
    await fetchJson({ url: server.origin, typed: true }, POLICY)
    expect(seen['accept']).toBe('application/json')
    for (const name of ['authorization', 'cookie', 'referer']) expect(seen).not.toHaveProperty(name)
  })
})

describe('fetchJson() rejects', () => {
  it.each([300, 301, 302, 303, 307, 308])('a redirect with status %i', async (status) => {
    await using target = await serve((_request, response) => {
      response.writeHead(200, JSON_TYPE).end('{}')
    })
    for (const location of [`${target.origin}/`, 'http://169.254.169.254/latest/', '/here', '']) {
      const requested: string[] = []
      const fetch = (url: string, init?: RequestInit) => {
        requested.push(url)
        return hostFetch(url, init)
      }
      await using server = await serve((_request, response) => {
        response.writeHead(status, { Location: location, ...JSON_TYPE }).end()
      })
      const outcome = fetchJson({ url: server.origin, typed: true }, { ...POLICY, fetch })
      expect(await codeOf(outcome)).toBe('redirect')
      expect(requested).toEqual([server.origin])
      expect(server.requests).toEqual(['GET /'])
    }
    expect(target.requests).toEqual([])
  })

  it('the response of a fetch that followed a redirect', async () => {
    await using server = await serve((request, response) => {
      if (request.url === '/end') response.writeHead(200, JSON_TYPE).end('{}')
      else response.writeHead(302, { Location: '/end' }).end()
    })
    const policy = { ...POLICY, fetch: (url: string) => hostFetch(url) }
    expect(await codeOf(fetchJson({ url: server.origin, typed: true }, policy))).toBe('redirect')
    expect(server.requests).toEqual(['GET /', 'GET /end'])
  })

  it.each([201, 204, 206, 304, 400, 401, 403, 404, 429, 500, 503])('status %i', async (status) => {
    await using server = await serve((_request, response) => {
      response.writeHead(status, JSON_TYPE).end(status === 204 || status === 304 ? undefined : '{}')
    })
    expect(await codeOf(fetchJson({ url: server.origin, typed: true }, POLICY))).toBe('status')
  })

  it.each([
    ['a page', 'text/html', '<!doctype html>'],
    ['a page that calls itself JSON', 'application/json', '<!doctype html>'],
    ['JSON that calls itself a page', 'text/html', '{}'],
    ['a list', 'application/json', '[{}]'],
    ['a text', 'application/json', '"{}"'],
    ['null', 'application/json', 'null'],
    ['nothing', 'application/json', ''],
    ['half of it', 'application/json', '{"a":'],
    ['two of them', 'application/json', '{}{}'],
    ['two byte order marks', 'application/json', '\uFEFF\uFEFF{}'],
    ['JSON with padding', 'application/javascript', 'f({})'],
  ])('%s', async (_what, type, body) => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { 'Content-Type': type }).end(body)
    })
    expect(await codeOf(fetchJson({ url: server.origin, typed: true }, POLICY))).toBe('not_json')
  })

  it('text that is not UTF-8', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, JSON_TYPE).end(Buffer.from('{"a":"\xff"}', 'latin1'))
    })
    expect(await codeOf(fetchJson({ url: server.origin, typed: true }, POLICY))).toBe('not_json')
  })

  it('more bytes than allowed, and closes the connection', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, JSON_TYPE)
      const more = (): void => {
        while (!response.destroyed && response.write(' '.repeat(500)));
      }
      response.on('drain', more)
      more()
    })
    expect(await codeOf(fetchJson({ url: server.origin, typed: true }, POLICY))).toBe('too_large')
    await server.hungUp
  })

  it('a compressed body of more bytes than allowed, and stops decompressing', async () => {
    let unpacked = 0
    await using server = await serve((_request, response) => {
      response.writeHead(200, { ...JSON_TYPE, 'Content-Encoding': 'gzip' })
      const gzip = createGzip()
      gzip.pipe(response)
      // All of these blanks fit into 16 KiB.
      gzip.end(' '.repeat(16 * 2 ** 20))
    })
    const fetch = async (url: string, init?: RequestInit) => {
      const response = await hostFetch(url, init)
      const count = new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => {
          unpacked += chunk.byteLength
          controller.enqueue(chunk)
        },
      })
      return new Response(response.body?.pipeThrough(count), response)
    }
    const outcome = fetchJson({ url: server.origin, typed: true }, { ...POLICY, fetch })
    expect(await codeOf(outcome)).toBe('too_large')
    expect(unpacked).toBeLessThan(2 ** 20)
  })

  it('a server that sends nothing, and closes the connection', async () => {
    await using server = await serve(() => {})
    expect(await timedOut(server)).toMatchObject({
      ok: false,
      error: {
        code: 'timeout',
        url: server.origin,
        message: `${server.origin} did not answer within 5000 ms`,
      },
    })
    await server.hungUp
  })

  it('a response that never ends, and closes the connection', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, JSON_TYPE).write('{"a":')
    })
    expect(await codeOf(timedOut(server, (head) => head))).toBe('timeout')
    await server.hungUp
  })

  it('a slow response: the deadline includes the body', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, JSON_TYPE)
      const drip = setInterval(() => response.write(' '), 5)
      response.on('close', () => clearInterval(drip))
    })
    expect(await codeOf(timedOut(server, (head) => head))).toBe('timeout')
    await server.hungUp
  })

  it('a connection that breaks', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { ...JSON_TYPE, 'Content-Length': '100' }).write('{')
      response.destroy()
    })
    expect(await codeOf(fetchJson({ url: server.origin, typed: true }, POLICY))).toBe('unreachable')
  })

  it('an address without a server, with the code of the network error', async () => {
    const url = await vacantOrigin()
    expect(await fetchJson({ url, typed: true }, POLICY)).toMatchObject({
      ok: false,
      error: {
        code: 'unreachable',
        reason: 'ECONNREFUSED',
        message: `${url} could not be reached`,
      },
    })
  })

  const inCause = (code: unknown) => new TypeError('fetch failed', { cause: { code } })
  it.each<[what: string, error: unknown, reason: string | undefined]>([
    ['the cause, as on Node', inCause('CERT_HAS_EXPIRED'), 'CERT_HAS_EXPIRED'],
    ['the error, as on Bun', Object.assign(new Error(), { code: 'ENOTFOUND' }), 'ENOTFOUND'],
    ['nothing', new TypeError('fetch failed'), undefined],
    ['a cause that is null', new TypeError('fetch failed', { cause: null }), undefined],
    ['null', null, undefined],
    ['undefined', undefined, undefined],
    ['a text', 'ENOTFOUND', undefined],
    ['a number', inCause(20), undefined],
    ['a text that is not a code', inCause('https://as.example?secret'), undefined],
    ['a text that is too long', inCause('E'.repeat(49)), undefined],
    ['a token', inCause('eyJhbGciOiJFUzI1NiJ9'), undefined],
    ['an accessor that throws', new HostileError(), undefined],
  ])('what fetch throws, with the code of %s', async (_what, error, reason) => {
    const policy = { ...POLICY, fetch: () => Promise.reject(error) }
    const outcome = await fetchJson({ url: 'https://as.example', typed: true }, policy)
    if (outcome.ok) throw new Error('accepted')
    expect(outcome.error.reason).toBe(reason)
    expect(outcome.error.message).toBe('https://as.example could not be reached')
    expect(outcome.error.cause).toBeUndefined()
  })
})

describe('fetchJson() never', () => {
  it('throws, whatever fetch does', async () => {
    const fetches: unknown[] = [
      () => Promise.reject(new Error('secret')),
      () => {
        throw new Error('secret')
      },
      async () => undefined,
      async () => ({}),
      async () => 'secret',
    ]
    for (const fetch of fetches) {
      const policy = { ...POLICY, fetch: fetch as FetchPolicy['fetch'] }
      const outcome = await fetchJson({ url: 'https://as.example', typed: true }, policy)
      expect(outcome.ok).toBe(false)
      expect(JSON.stringify(outcome)).not.toContain('secret')
      expect(outcome).toMatchObject({ error: { url: 'https://as.example' } })
    }
  })

  it('repeats the response in a message', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('do-not-repeat-me')
    })
    const outcome = await fetchJson({ url: server.origin, typed: true }, POLICY)
    if (outcome.ok) throw new Error('accepted')
    expect(outcome.error.message).toBe(`${server.origin} did not answer with a JSON object`)
    expect(outcome.error.cause).toBeUndefined()
  })

  it('waits for a fetch that ignores its signal', async () => {
    const policy = { ...IMPATIENT, fetch: () => new Promise<Response>(() => {}) }
    expect(await codeOf(fetchJson({ url: 'https://as.example', typed: true }, policy))).toBe(
      'timeout',
    )
  })

  it('reads the body of such a fetch after the deadline', async () => {
    const { promise: cancelled, resolve } = Promise.withResolvers<string>()
    const body = new ReadableStream<Uint8Array>({ cancel: () => resolve('cancelled') })
    const policy = { ...IMPATIENT, fetch: async () => new Response(body, { headers: JSON_TYPE }) }
    const outcome = fetchJson({ url: 'https://as.example', typed: true }, policy)
    expect(await codeOf(outcome)).toBe('timeout')
    expect(await cancelled).toBe('cancelled')
  })

  it('treats a very long budget as none', async () => {
    await using server = await serve((_request, response) => {
      setImmediate(() => response.writeHead(200, JSON_TYPE).end('{}'))
    })
    const patient = { ...POLICY, timeoutMs: Number.MAX_SAFE_INTEGER }
    expect(await codeOf(fetchJson({ url: server.origin, typed: true }, patient))).toBe('ok')
  })
})

/** What a `fetch` of the application may throw. */
class HostileError extends Error {
  get code(): string {
    throw new Error('a token in a message')
  }
}
