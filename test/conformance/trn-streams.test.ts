/** TRN: event streams end with their token (`endStreamsAtExpiry`). */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { authenticate, completeResponse, type ProtectedResourceOptions } from '../../src/index.ts'
import { RESOURCE } from '../support/issuer.ts'
import { bearer, createScene, expectAccepted, type Scene } from '../support/scene.ts'

describe('streams (endStreamsAtExpiry)', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const LISTEN = { method: 'POST', headers: { 'Mcp-Method': 'subscriptions/listen' } }

  interface Open {
    readonly source: Source
    readonly reader: ReadableStreamDefaultReader<Uint8Array>
    readonly scene: Scene
    readonly response: Response
  }

  /** Opens a stream with a token that lives for another minute. */
  async function listen(
    init: RequestInit,
    options: Partial<ProtectedResourceOptions> = {},
    seconds = 60,
  ): Promise<Open> {
    const source = createSource()
    const scene = await createScene({
      ...options,
      handler: () =>
        new Response(source.stream, { headers: { 'Content-Type': 'text/event-stream' } }),
    })
    const token = await bearer(scene, { exp: scene.clock.now() + seconds })
    const response = await scene.ask(token, init)
    expect(response.headers.get('Content-Type')).toBe('text/event-stream')
    expect(response.headers.get('Cache-Control')).toBe('private')
    const reader = response.body?.getReader()
    if (reader === undefined) throw new Error('There is no stream.')
    return { source, reader, scene, response }
  }

  it.each([
    ['a GET', { method: 'GET' }],
    ['subscriptions/listen', LISTEN],
  ])('end with their token: the response to %s', async (_, init) => {
    const { source, reader } = await listen(init)
    source.send('one')
    expect(await textOf(reader)).toBe('one')
    const next = textOf(reader)
    await vi.advanceTimersByTimeAsync(59_999)
    source.send('two')
    expect(await next).toBe('two')
    const last = textOf(reader)
    await vi.advanceTimersByTimeAsync(1)
    expect(await last).toBeUndefined()
    expect(source.cancelled()).toBe(true)
  })

  it('end with their token if the body, which is read, identifies them', async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscriptions/listen' })
    const operations = { 'tools/call': ['call'] }
    const { source, reader } = await listen({ method: 'POST', body }, { operations })
    const last = textOf(reader)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await last).toBeUndefined()
    expect(source.cancelled()).toBe(true)
  })

  it('continue if they respond to a call', async () => {
    const { source, reader } = await listen({ method: 'POST' })
    expect(vi.getTimerCount()).toBe(0)
    await vi.advanceTimersByTimeAsync(3_600_000)
    source.send('late')
    expect(await textOf(reader)).toBe('late')
  })

  it("end all with 'all', and none with false", async () => {
    const all = await listen({ method: 'POST' }, { endStreamsAtExpiry: 'all' })
    const last = textOf(all.reader)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await last).toBeUndefined()
    const none = await listen({ method: 'GET' }, { endStreamsAtExpiry: false })
    await vi.advanceTimersByTimeAsync(3_600_000)
    none.source.send('late')
    expect(await textOf(none.reader)).toBe('late')
  })

  it('end for a GET in any letter case, which Deno passes on', async () => {
    const scene = await createScene()
    const token = await bearer(scene, { exp: scene.clock.now() + 60 })
    const auth = await expectAccepted(scene, scene.ask(token))
    for (const [method, ends] of [
      ['get', true],
      ['Get', true],
      ['PUT', false],
      ['got', false],
      ['getter', false],
    ] as const) {
      const stream = new Response(createSource().stream)
      const request = Object.defineProperty(new Request(RESOURCE), 'method', { value: method })
      const answer = completeResponse(stream, request, auth, scene.resource)
      expect([method, answer !== stream]).toEqual([method, ends])
    }
  })

  it('continue until the clock tolerance ends', async () => {
    const { reader } = await listen({ method: 'GET' }, {}, -10)
    const last = textOf(reader)
    await vi.advanceTimersByTimeAsync(19_999)
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(await last).toBeUndefined()
  })

  it('run a timer only while they are read', async () => {
    const closing = await listen({ method: 'GET' })
    expect(vi.getTimerCount()).toBe(0)
    closing.source.send('one')
    await textOf(closing.reader)
    expect(vi.getTimerCount()).toBe(1)
    closing.source.close()
    expect(await textOf(closing.reader)).toBeUndefined()
    expect(vi.getTimerCount()).toBe(0)

    const leaving = await listen({ method: 'GET' })
    const pending = textOf(leaving.reader)
    await leaving.reader.cancel()
    expect(await pending).toBeUndefined()
    expect(leaving.source.cancelled()).toBe(true)
    expect(vi.getTimerCount()).toBe(0)

    const failing = await listen({ method: 'GET' })
    failing.source.fail(new Error('oops'))
    await expect(textOf(failing.reader)).rejects.toThrow('oops')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('wait longer than a timer can', async () => {
    const { reader, source } = await listen({ method: 'GET' }, {}, 5_000_000)
    source.send('one')
    await textOf(reader)
    const last = textOf(reader)
    await vi.advanceTimersByTimeAsync(4_999_999_000)
    source.send('two')
    expect(await last).toBe('two')
    const end = textOf(reader)
    await vi.advanceTimersByTimeAsync(1000)
    expect(await end).toBeUndefined()
  })

  it('that are locked by a reader stay unchanged', async () => {
    const scene = await createScene({
      handler: () => {
        const response = new Response('done')
        response.body?.getReader()
        return response
      },
    })
    const response = await scene.ask(await bearer(scene), { method: 'GET' })
    expect([response.status, response.body?.locked]).toEqual([200, true])
  })

  it('without a token do not end', async () => {
    const source = createSource()
    const scene = await createScene({
      requirements: { optional: true },
      handler: () => new Response(source.stream),
    })
    const response = await scene.ask(undefined, { method: 'GET' })
    source.send('one')
    expect(await textOf(response.body?.getReader())).toBe('one')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('end with authenticate() and completeResponse() too; other responses stay the same object', async () => {
    const scene = await createScene()
    const ask = async (method: string) => {
      const request = new Request(RESOURCE, {
        method,
        headers: { Authorization: await bearer(scene) },
      })
      const auth = await authenticate(request, scene.resource)
      if (!auth.ok) throw new Error('refused')
      const answer = new Response(createSource().stream, { status: 206, statusText: 'Some' })
      return { answer, completed: completeResponse(answer, request, auth, scene.resource) }
    }
    const called = await ask('POST')
    expect(called.completed).toBe(called.answer)
    const listened = await ask('GET')
    expect(listened.completed).not.toBe(listened.answer)
    expect([listened.completed.status, listened.completed.statusText]).toEqual([206, 'Some'])
  })
})

interface Source {
  readonly stream: ReadableStream<Uint8Array>
  send(text: string): void
  close(): void
  fail(error: Error): void
  cancelled(): boolean
}

/** A stream whose end this test holds in its hand. */
function createSource(): Source {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  let isCancelled = false
  const stream = new ReadableStream<Uint8Array>({
    start: (given) => {
      controller = given
    },
    cancel: () => {
      isCancelled = true
    },
  })
  return {
    stream,
    send: (text) => controller?.enqueue(new TextEncoder().encode(text)),
    close: () => controller?.close(),
    fail: (error) => controller?.error(error),
    cancelled: () => isCancelled,
  }
}

async function textOf(
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined,
): Promise<string | undefined> {
  const read = await reader?.read()
  return read?.value === undefined ? undefined : new TextDecoder().decode(read.value)
}
