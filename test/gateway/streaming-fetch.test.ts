/** `forward()` streams in both directions through `fetch`, and ends the hop with the client. */

import { createServer, type Server } from 'node:http'
import { describe, expect, it } from 'vitest'
import { forward } from '../../src/gateway/index.ts'
import { protect } from '../../src/index.ts'
import { RESOURCE } from '../support/issuer.ts'
import { portOf, start } from '../support/node-server.ts'
import { createScene } from '../support/scene.ts'

const EVENTS = { 'Content-Type': 'text/event-stream' }

describe('forward() through fetch', () => {
  it('passes on events at once, and ends the call with the stream', async () => {
    const gone = Promise.withResolvers<void>()
    let send: (text: string) => void = () => {}
    const { handle, request } = await fetchGateway(
      createServer((_req, res) => {
        res.writeHead(200, EVENTS).flushHeaders()
        res.on('close', () => gone.resolve())
        send = (text) => void res.write(text)
      }),
    )
    const reader = (await handle(request({ method: 'GET' }))).body?.getReader()
    for (let count = 0; count < 20; count++) {
      send(`data: ${count}\n\n`)
      expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe(`data: ${count}\n\n`)
    }
    await reader?.cancel()
    await gone.promise
  })

  it('ends the call where the request is aborted before the response', async () => {
    const gone = Promise.withResolvers<void>()
    const arrived = Promise.withResolvers<void>()
    const { handle, request } = await fetchGateway(
      createServer((req) => {
        req.socket.on('close', () => gone.resolve())
        arrived.resolve()
      }),
    )
    const abort = new AbortController()
    const response = handle(request({ method: 'GET', signal: abort.signal }))
    await arrived.promise
    abort.abort()
    expect((await response).status).toBe(502)
    await gone.promise
  })

  it('streams the body of the request before its end', async () => {
    const { handle, request } = await fetchGateway(
      createServer((req, res) => {
        res.flushHeaders()
        req.pipe(res)
      }),
    )
    const body = new TransformStream<Uint8Array, Uint8Array>()
    const writer = body.writable.getWriter()
    const encoder = new TextEncoder()
    writer.write(encoder.encode('first')).catch(() => {})
    const init = { method: 'POST', body: body.readable, duplex: 'half' }
    const response = await handle(request(init as RequestInit))
    const reader = response.body?.getReader()
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('first')
    writer.write(encoder.encode('after')).catch(() => {})
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('after')
    await writer.close()
    expect((await reader?.read())?.done).toBe(true)
  })

  it('sends a short body of known length in one piece, and none for an empty one', async () => {
    const sent: unknown[] = []
    const scene = await createScene()
    const handler = forward('https://up.example/', {
      fetch: async (_url, init) => {
        sent.push(init?.body)
        return new Response('ok')
      },
    })
    const handle = protect(scene.resource, handler)
    const authorization = `Bearer ${await scene.issuer.token()}`
    const empty = () => new ReadableStream({ start: (controller) => controller.close() })
    const cases: [body: BodyInit, headers: Record<string, string>][] = [
      ['{}', { 'Content-Length': '2' }],
      [empty(), {}],
      [empty(), { 'Content-Length': '0' }],
      ['x', { 'Transfer-Encoding': 'chunked' }],
      ['x'.repeat(100_000), { 'Content-Length': '100000' }],
    ]
    for (const [body, headers] of cases) {
      const init = { method: 'POST', body, headers: { authorization, ...headers }, duplex: 'half' }
      expect((await handle(new Request(RESOURCE, init as RequestInit))).status).toBe(200)
    }
    expect(await (sent[0] as Blob).text()).toBe('{}')
    expect(sent.slice(1, 3)).toEqual([null, null])
    expect(sent.slice(3).every((each) => each instanceof ReadableStream)).toBe(true)
  })

  it('discards what a fetch that ignores the signal returns too late', async () => {
    let cancelled = false
    const late = new Response(
      new ReadableStream({
        cancel() {
          cancelled = true
        },
      }),
    )
    const { promise, resolve } = Promise.withResolvers<Response>()
    const scene = await createScene()
    const handler = forward('https://up.example/', { timeoutMs: 20, fetch: () => promise })
    const headers = { Authorization: `Bearer ${await scene.issuer.token()}` }
    const response = await protect(scene.resource, handler)(new Request(RESOURCE, { headers }))
    expect(response.status).toBe(504)
    resolve(late)
    await promise
    await new Promise((done) => setImmediate(done))
    expect(cancelled).toBe(true)
  })
})

async function fetchGateway(upstream: Server) {
  const scene = await createScene()
  const url = `http://127.0.0.1:${portOf(await start(upstream))}/`
  const headers = { Authorization: `Bearer ${await scene.issuer.token()}` }
  return {
    handle: protect(scene.resource, forward(url)),
    request: (init: RequestInit) => new Request(RESOURCE, { headers, ...init }),
  }
}
