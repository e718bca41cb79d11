/** The hop to the upstream through a `fetch` that the test controls. */

import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Fetch } from '../../src/contract/ports.ts'
import { createFetchTransport } from '../../src/gateway/fetch-transport.ts'
import type { FieldPairs } from '../../src/http/upstream.ts'

const UPSTREAM = new URL('http://127.0.0.1:9000/mcp?a=1')

type Sent = RequestInit & { readonly url: string; readonly duplex?: string }

function send(
  request: Request,
  respond: Fetch,
  { timeoutMs = 5000, fields = [] as FieldPairs } = {},
) {
  const { method } = request
  return createFetchTransport(respond)({ url: UPSTREAM, method, fields, request, timeoutMs })
}

/** What reaches `fetch`. */
async function sentFor(init: RequestInit & { duplex?: 'half' }, fields: FieldPairs = []) {
  const sent: Sent[] = []
  const request = new Request('https://rs.example/mcp', { method: 'POST', ...init })
  await send(
    request,
    async (url, given) => {
      sent.push({ url: String(url), ...given })
      return new Response()
    },
    { fields },
  )
  expect(sent).toHaveLength(1)
  return sent[0] as Sent
}

function streamOf(...chunks: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk))
      controller.close()
    },
  })
}

async function received(response: Response, fields?: FieldPairs) {
  const result = await send(new Request('https://rs.example/mcp'), async () => response)
  if (!result.ok) return result.error
  return { fields: [...result.value.fields], response: result.value.toResponse(fields ?? []) }
}

describe('the request', () => {
  it('has exactly the URL, the method and the fields, and is not redirected', async () => {
    const { url, method, headers, redirect, duplex, signal } = await sentFor({ method: 'DELETE' }, [
      ['x-a', '1'],
      ['accept-encoding', 'br'],
    ])
    expect({ url, method, redirect, duplex }).toEqual({
      url: UPSTREAM.href,
      method: 'DELETE',
      redirect: 'manual',
      duplex: 'half',
    })
    expect([...new Headers(headers)]).toEqual([
      ['accept-encoding', 'identity, *;q=0'],
      ['x-a', '1'],
    ])
    expect(signal).toBeInstanceOf(AbortSignal)
  })

  it('has no body where there is none, and a Blob where it is short and of known length', async () => {
    expect((await sentFor({})).body).toBeNull()
    const headers = { 'Content-Length': '2' }
    const { body } = await sentFor({ body: '{}', headers })
    expect(body).toMatchObject({ size: 2, type: '' })
    expect(await (body as Blob).text()).toBe('{}')
    const empty = { body: streamOf(), duplex: 'half', headers: { 'Content-Length': '0' } } as const
    expect((await sentFor(empty)).body).toBeNull()
  })

  it.each([
    ['65536', Blob],
    ['65537', ReadableStream],
    ['many', ReadableStream],
  ])('of the length %s is sent in one piece, or streamed', async (length, kind) => {
    const { body } = await sentFor({ body: 'x', headers: { 'Content-Length': length } })
    expect(body).toBeInstanceOf(kind)
    expect(await new Response(body).text()).toBe('x')
  })

  it('is streamed as it is with Transfer-Encoding', async () => {
    const headers = { 'Transfer-Encoding': 'chunked' }
    const { body } = await sentFor({ body: streamOf('', 'a'), headers, duplex: 'half' })
    expect(body).toBeInstanceOf(ReadableStream)
    expect(await new Response(body).text()).toBe('a')
    const empty = await sentFor({ body: streamOf(), headers, duplex: 'half' })
    expect(await new Response(empty.body).text()).toBe('')
    expect(empty.body).toBeInstanceOf(ReadableStream)
  })

  it('of unknown length is streamed whole, or is none where nothing is in it', async () => {
    const { body } = await sentFor({ body: streamOf('', 'a', 'b', '', 'c'), duplex: 'half' })
    expect(body).toBeInstanceOf(ReadableStream)
    expect(await new Response(body).text()).toBe('abc')
    for (const empty of [streamOf(), streamOf('', '')]) {
      expect((await sentFor({ body: empty, duplex: 'half' })).body).toBeNull()
    }
  })

  it('reads no more of the body than is sent, and ends it with the stream', async () => {
    let pulls = 0
    let reason: unknown
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulls += 1
          controller.enqueue(new Uint8Array([pulls]))
        },
        cancel(given) {
          reason = given
        },
      },
      { highWaterMark: 0 },
    )
    const sent = await sentFor({ body, duplex: 'half' })
    await new Promise((resolve) => setTimeout(resolve))
    const before = pulls
    expect(before).toBeLessThanOrEqual(2)
    const reader = (sent.body as ReadableStream).getReader()
    expect(await reader.read()).toMatchObject({ value: new Uint8Array([1]) })
    await new Promise((resolve) => setTimeout(resolve))
    // What was read before is sent; nothing is read ahead.
    expect(pulls).toBe(before)
    await reader.cancel('enough')
    expect([pulls, reason]).toEqual([before, 'enough'])
  })
})

describe('the response', () => {
  it('has the status, and the fields and the body that are passed on', async () => {
    const response = new Response('text', {
      status: 201,
      statusText: 'Made',
      headers: { 'X-A': '1' },
    })
    const result = await send(new Request('https://rs.example/mcp'), async () => response)
    expect(result).toMatchObject({ ok: true, value: { status: 201, statusText: 'Made' } })
    if (!result.ok) return
    expect([...result.value.fields]).toContainEqual(['x-a', '1'])
    const passed = result.value.toResponse([
      ['x-b', '2'],
      ['x-b', '3'],
    ])
    expect([passed.status, passed.statusText, await new Response(passed.body).text()]).toEqual([
      201,
      'Made',
      'text',
    ])
    expect([...passed.headers]).toEqual([['x-b', '2, 3']])
  })

  it.each([204, 205, 304])('with status %i has no body', async (status) => {
    const outcome = await received(new Response(null, { status }))
    expect(outcome).toMatchObject({ response: { status, body: null } })
  })

  it.each([203, 204, 205, 206, 303, 304, 305])(
    'with status %i is passed on without the body that it cannot have',
    async (status) => {
      // A configured `fetch` may give a body with any status.
      const response = new Response('text')
      Object.defineProperty(response, 'status', { value: status })
      const outcome = await received(response)
      if (typeof outcome === 'string') throw new Error(outcome)
      const passed = outcome.response
      const body = [204, 205, 304].includes(status) ? '' : 'text'
      expect([passed.status, await new Response(passed.body).text()]).toEqual([status, body])
    },
  )

  it.each([
    ['gzip', true],
    ['GZIP', true],
    ['x-gzip', true],
    ['br', true],
    ['deflate', true],
    ['zstd', false],
    ['identity', true],
    ['gzip, br', true],
    ['compress', false],
    ['gzip, compress', false],
    ['compress, gzip', false],
  ])('with the coding %s is decoded: %s', async (coding, isDecoded) => {
    const headers = { 'Content-Encoding': coding, 'Content-Length': '9', 'X-A': '1' }
    const outcome = await received(new Response(null, { headers }))
    const coded = [
      ['content-encoding', coding],
      ['content-length', '9'],
    ]
    expect(outcome).toMatchObject({ fields: [...(isDecoded ? [] : coded), ['x-a', '1']] })
  })

  it('without a coding keeps its length', async () => {
    const outcome = await received(new Response(null, { headers: { 'Content-Length': '9' } }))
    expect(outcome).toMatchObject({ fields: [['content-length', '9']] })
  })

  it('ends with discard()', async () => {
    const { response, isCancelled } = cancellable()
    const result = await send(new Request('https://rs.example/mcp'), async () => response)
    if (result.ok) result.value.discard()
    expect([result.ok, isCancelled()]).toEqual([true, true])
  })

  it('without a body needs no end', async () => {
    const result = await send(new Request('https://rs.example/mcp'), async () => new Response())
    expect(result.ok && result.value.discard()).toBeUndefined()
  })

  it.each([101, 199, 600, 0])(
    'of the status %i is not usable, and its body ends',
    async (status) => {
      const { response, isCancelled } = cancellable()
      Object.defineProperty(response, 'status', { value: status })
      expect(await received(response)).toBe('unreachable')
      expect(isCancelled()).toBe(true)
    },
  )

  it.each([200, 599])('of the status %i is usable', async (status) => {
    expect(await received(new Response(null, { status }))).toMatchObject({ response: { status } })
  })
})

describe('a call', () => {
  afterEach(() => void vi.useRealTimers())

  it('leaves no timer and no listener behind', async () => {
    vi.useFakeTimers()
    const client = new AbortController()
    let signal: AbortSignal | null | undefined
    let isListening = false
    const result = await send(
      new Request('https://rs.example/mcp', { signal: client.signal }),
      async (_url, init) => {
        signal = init?.signal
        const remove = signal?.removeEventListener.bind(signal)
        isListening = true
        if (signal) {
          signal.removeEventListener = (type: string, ...rest: [never]) => {
            if (type === 'abort') isListening = false
            remove?.(type, ...rest)
          }
        }
        return new Response('text')
      },
    )
    expect([result.ok, isListening, vi.getTimerCount()]).toEqual([true, false, 0])
  })

  it('needs no signal of the request, which some hosts do not have', async () => {
    const request = new Request('https://rs.example/mcp')
    Object.defineProperty(request, 'signal', { value: undefined })
    const result = await send(request, async () => new Response('text'))
    expect(result).toMatchObject({ ok: true, value: { status: 200 } })
  })
})

describe('without a response', () => {
  it('the upstream is unreachable where fetch throws or rejects', async () => {
    const request = new Request('https://rs.example/mcp')
    const failing = [
      () => Promise.reject(new TypeError('refused')),
      () => {
        throw new TypeError('bad URL')
      },
    ]
    for (const respond of failing) {
      expect(await send(request, respond)).toEqual({ ok: false, error: 'unreachable' })
    }
  })

  it('the time is over, whether fetch minds the signal or not; a late body ends', async () => {
    const late = Promise.withResolvers<Response>()
    let signal: AbortSignal | null | undefined
    const result = await send(
      new Request('https://rs.example/mcp'),
      (_url, init) => {
        signal = init?.signal
        return late.promise
      },
      { timeoutMs: 5 },
    )
    expect(result).toEqual({ ok: false, error: 'timeout' })
    expect(signal?.aborted).toBe(true)
    const { response, isCancelled } = cancellable()
    late.resolve(response)
    await new Promise((resolve) => setTimeout(resolve))
    expect(isCancelled()).toBe(true)
  })

  it('a late failure causes no unhandled rejection', async () => {
    const late = Promise.withResolvers<Response>()
    const request = new Request('https://rs.example/mcp')
    expect(await send(request, () => late.promise, { timeoutMs: 5 })).toMatchObject({ ok: false })
    late.reject(new Error('too late'))
    await new Promise((resolve) => setTimeout(resolve))
  })

  it('the call ends with the connection of the client, before and during it', async () => {
    const client = new AbortController()
    let signal: AbortSignal | null | undefined
    const respond: Fetch = (_url, init) => {
      signal = init?.signal
      client.abort()
      return new Promise(() => {})
    }
    const request = () => new Request('https://rs.example/mcp', { signal: client.signal })
    expect(await send(request(), respond)).toEqual({ ok: false, error: 'unreachable' })
    expect(signal?.aborted).toBe(true)
    expect(await send(request(), () => new Promise(() => {}))).toEqual({
      ok: false,
      error: 'unreachable',
    })
  })
})

/** A response that reports the end of its body. */
function cancellable() {
  let isCancelled = false
  const body = new ReadableStream({
    cancel() {
      isCancelled = true
    },
  })
  return { response: new Response(body), isCancelled: () => isCancelled }
}
