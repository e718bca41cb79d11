/** `forward()` streams in both directions, and ends the hop with the client. */

import { once } from 'node:events'
import { createServer, type IncomingMessage, request as open, type Server } from 'node:http'
import { describe, expect, it } from 'vitest'
import { protect as protectNode } from '../../adapters/node/index.ts'
import { forward } from '../../src/gateway/index.ts'
import { protect } from '../../src/index.ts'
import { RESOURCE } from '../support/issuer.ts'
import { portOf, start } from '../support/node-server.ts'
import { createScene } from '../support/scene.ts'

const EVENTS = { 'Content-Type': 'text/event-stream' }

describe('forward() through pipe', () => {
  it.each(['GET', 'POST'])('passes on each event of a stream at once (%s)', async (method) => {
    const gone = Promise.withResolvers<void>()
    let send: (text: string) => void = () => {}
    const { gateway, token } = await pipeGateway(
      createServer((req, res) => {
        res.writeHead(200, EVENTS).flushHeaders()
        res.on('close', () => gone.resolve())
        req.resume()
        send = (text) => void res.write(text)
      }),
    )
    const response = await ask(gateway, token, { method, body: method === 'POST' ? '{}' : '' })
    expect(response.headers['content-type']).toBe('text/event-stream')
    for (let count = 0; count < 20; count++) {
      send(`data: ${count}\n\n`)
      const [chunk] = (await once(response, 'data')) as [Buffer]
      expect(chunk.toString()).toBe(`data: ${count}\n\n`)
    }
    response.destroy()
    await gone.promise
  })

  it('ends the call to the upstream where the client leaves before the response', async () => {
    const arrived = Promise.withResolvers<void>()
    const gone = Promise.withResolvers<void>()
    const { gateway, token } = await pipeGateway(
      createServer((req) => {
        req.resume()
        req.socket.on('close', () => gone.resolve())
        arrived.resolve()
      }),
    )
    const sending = open(options(gateway, token, 'POST'))
    sending.on('error', () => {}).end('{}')
    await arrived.promise
    sending.destroy()
    await gone.promise
  })

  it('ends the call where the client leaves within its own body', async () => {
    const gone = Promise.withResolvers<void>()
    const arrived = Promise.withResolvers<void>()
    const { gateway, token } = await pipeGateway(
      createServer((req) => {
        req.on('data', () => arrived.resolve())
        req.on('error', () => {})
        req.on('close', () => gone.resolve())
      }),
    )
    const sending = open(options(gateway, token, 'POST'))
    sending.on('error', () => {})
    sending.write('first')
    await arrived.promise
    sending.destroy()
    await gone.promise
  })

  it('cuts off the client where the upstream is cut off', async () => {
    const { gateway, token } = await pipeGateway(
      createServer((req, res) => {
        req.resume()
        res.writeHead(200, { 'Content-Length': '100' })
        res.write('part')
        setImmediate(() => res.destroy())
      }),
    )
    const response = await ask(gateway, token, { method: 'POST', body: '{}' })
    await expect(response.toArray()).rejects.toThrow('aborted')
  })

  it('streams the body of the request before its end, with its length or chunked', async () => {
    const { gateway, token } = await pipeGateway(
      createServer((req, res) => {
        res.flushHeaders()
        req.pipe(res)
      }),
    )
    for (const headers of [{ 'Content-Length': '10' }, {}]) {
      const sending = open({
        ...options(gateway, token, 'POST'),
        headers: { Authorization: `Bearer ${token}`, ...headers },
      })
      sending.write('first')
      const [response] = (await once(sending, 'response')) as [IncomingMessage]
      const [chunk] = (await once(response, 'data')) as [Buffer]
      expect(chunk.toString()).toBe('first')
      sending.end('after')
      expect(Buffer.concat(await response.toArray()).toString()).toBe('after')
    }
  })

  it('passes on a large body unchanged in both directions', async () => {
    const { gateway, token } = await pipeGateway(createServer((req, res) => req.pipe(res)))
    const body = Buffer.alloc(30_000_000, 'abcdefg')
    const sending = open(options(gateway, token, 'PUT'))
    sending.end(body)
    const [response] = (await once(sending, 'response')) as [IncomingMessage]
    expect(Buffer.concat(await response.toArray()).equals(body)).toBe(true)
  })

  it('does not answer 504 while a slow body moves on', async () => {
    const { gateway, token } = await pipeGateway(
      createServer(async (req, res) => {
        await req.toArray()
        res.end('all')
      }),
      { timeoutMs: 150 },
    )
    const sending = open(options(gateway, token, 'POST'))
    const response = once(sending, 'response') as Promise<[IncomingMessage]>
    for (let count = 0; count < 8; count++) {
      sending.write('x')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    sending.end()
    expect((await response)[0].statusCode).toBe(200)
  })

  it('ends a stream of events with the token, and the call to the upstream', async () => {
    const gone = Promise.withResolvers<void>()
    const upstream = createServer((_req, res) => {
      res.writeHead(200, EVENTS).write('data: 1\n\n')
      res.on('close', () => gone.resolve())
    })
    const url = `http://127.0.0.1:${portOf(await start(upstream))}/`
    const scene = await createScene({ clockToleranceSeconds: 0 })
    const gateway = await start(createServer(protectNode(scene.resource, forward(url))))
    const token = await scene.issuer.token({ exp: scene.clock.now() + 0.3 })
    const response = await ask(gateway, token, { method: 'GET', body: '' })
    expect(Buffer.concat(await response.toArray()).toString()).toBe('data: 1\n\n')
    expect(response.complete).toBe(true)
    await gone.promise
  })

  it('keeps connections to the upstream, and repeats a GET on one that has ended', async () => {
    const sockets = new Set<unknown>()
    const upstream = createServer((req, res) => {
      sockets.add(req.socket)
      res.end('ok')
    })
    upstream.keepAliveTimeout = 60_000
    const { gateway, token } = await pipeGateway(upstream)
    for (let count = 0; count < 3; count++) {
      const response = await ask(gateway, token, { method: 'GET', body: '' })
      expect(Buffer.concat(await response.toArray()).toString()).toBe('ok')
    }
    expect(sockets.size).toBe(1)
    upstream.closeIdleConnections()
    const response = await ask(gateway, token, { method: 'GET', body: '' })
    expect(response.statusCode).toBe(200)
    response.resume()
  })
})

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
    expect(Buffer.from(sent[0] as ArrayBuffer).toString()).toBe('{}')
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

interface PipeGateway {
  readonly gateway: Server
  readonly token: string
}

async function pipeGateway(
  upstream: Server,
  limits: { timeoutMs?: number } = {},
): Promise<PipeGateway> {
  const scene = await createScene()
  const url = `http://127.0.0.1:${portOf(await start(upstream))}/`
  const gateway = await start(createServer(protectNode(scene.resource, forward(url, limits))))
  return { gateway, token: await scene.issuer.token() }
}

async function fetchGateway(upstream: Server) {
  const scene = await createScene()
  const url = `http://127.0.0.1:${portOf(await start(upstream))}/`
  const headers = { Authorization: `Bearer ${await scene.issuer.token()}` }
  return {
    handle: protect(scene.resource, forward(url)),
    request: (init: RequestInit) => new Request(RESOURCE, { headers, ...init }),
  }
}

function options(gateway: Server, token: string, method: string) {
  const headers = { Authorization: `Bearer ${token}` }
  return { host: '127.0.0.1', port: portOf(gateway), path: '/mcp', method, headers, agent: false }
}

async function ask(
  gateway: Server,
  token: string,
  { method, body }: { method: string; body: string },
): Promise<IncomingMessage> {
  const sending = open({ ...options(gateway, token, method), agent: false })
  sending.end(body)
  const [response] = (await once(sending, 'response')) as [IncomingMessage]
  return response
}
