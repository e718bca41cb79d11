/** `forward()` streams in both directions through Node's pipe, and ends the hop with the client. */

import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage, request as open, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { protect as protectNode } from '../../adapters/node/index.ts'
import { forward } from '../../src/gateway/index.ts'
import { portOf, start } from '../support/node-server.ts'
import { createScene } from '../support/scene.ts'

const EVENTS = { 'Content-Type': 'text/event-stream' }

afterEach(() => void vi.useRealTimers())

/** The timers of the gateway; sockets keep those of Node. */
function stopTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
}

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

  it('joins the events that came in one read, and keeps a large chunk apart', async () => {
    const [head, chunk] = ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '3\r\nxyz\r\n']
    const large = `2710\r\n${'x'.repeat(10_000)}\r\n`
    const upstream = Promise.withResolvers<Socket>()
    const { gateway, token } = await pipeGateway(
      createServer(({ socket }) => {
        socket.write(head)
        upstream.resolve(socket)
      }),
    )
    const client = connect(portOf(gateway), '127.0.0.1')
    client.write(`GET /mcp HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n`)
    client.write('Connection: close\r\n\r\n')
    // The head has passed the gateway.
    await once(client, 'readable')
    const socket = await upstream.promise
    socket.write(`${chunk.repeat(20)}${large}${chunk.repeat(2)}0\r\n\r\n`)
    const bytes = Buffer.concat(await client.toArray()).toString()
    const sizes = bytes.match(/^[\da-f]+\r$/gm)?.map((each) => Number.parseInt(each, 16))
    // Node 26 joins what is written in one turn by itself.
    expect([
      [60, 10_000, 6, 0],
      [10_066, 0],
    ]).toContainEqual(sizes)
  })

  it.each([
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n'],
    ['with a length', 'Content-Length: 6\r\n\r\nonetwo'],
  ])('passes on a whole response that came together with its head, %s', async (_, rest) => {
    const upstream = createServer(({ socket }) => socket.write(`HTTP/1.1 200 OK\r\n${rest}`))
    const { gateway, token } = await pipeGateway(upstream)
    const response = await ask(gateway, token, { method: 'GET', body: '' })
    expect(Buffer.concat(await response.toArray()).toString()).toBe('onetwo')
    expect(response.headers['content-length']).toBe('6')
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
    const bytes = new EventEmitter()
    const { gateway, token } = await pipeGateway(
      createServer(async (req, res) => {
        for await (const chunk of req) bytes.emit('arrived', chunk)
        res.end('all')
      }),
      { timeoutMs: 150 },
    )
    stopTimers()
    const sending = open(options(gateway, token, 'POST'))
    const response = once(sending, 'response') as Promise<[IncomingMessage]>
    for (let count = 0; count < 8; count++) {
      const arrived = once(bytes, 'arrived')
      sending.write('x')
      await arrived
      await vi.advanceTimersByTimeAsync(100)
    }
    sending.end()
    expect((await response)[0].statusCode).toBe(200)
  })

  const whole = (response: Response): Response => response
  const logged = (response: Response): Response => {
    void response.clone().body?.cancel()
    return response
  }
  it.each([
    ['ends a stream of events with the token', EVENTS, whole, true],
    ['breaks off a body of a fixed length', { 'Content-Length': '100' }, whole, false],
    ['ends a stream that the handler has copied', EVENTS, logged, true],
  ])('%s, and the call to the upstream', async (_, fields, change, isComplete) => {
    const gone = Promise.withResolvers<void>()
    const upstream = createServer((_req, res) => {
      res.writeHead(200, fields).write('data: 1\n\n')
      res.on('close', () => gone.resolve())
    })
    const url = `http://127.0.0.1:${portOf(await start(upstream))}/`
    const scene = await createScene({ clockToleranceSeconds: 0 })
    const pass = forward(url)
    const handler: typeof pass = async (request, auth) => change(await pass(request, auth))
    const gateway = await start(
      createServer(protectNode(scene.resource, change === whole ? pass : handler)),
    )
    // The connection does not close by itself.
    gateway.keepAliveTimeout = 60_000
    const token = await scene.issuer.token({ exp: scene.clock.now() + 60 })
    stopTimers()
    const headers = { Authorization: `Bearer ${token}`, Connection: 'keep-alive' }
    const sending = open({ ...options(gateway, token, 'GET'), headers })
    sending.end()
    const [response] = (await once(sending, 'response')) as [IncomingMessage]
    const received: Buffer[] = []
    response.on('data', (chunk: Buffer) => received.push(chunk)).on('error', () => {})
    const closed = new Promise((resolve) => response.on('close', resolve))
    await once(response, 'data')
    await vi.advanceTimersByTimeAsync(59_999)
    expect(response.closed).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await closed
    expect(Buffer.concat(received).toString()).toBe('data: 1\n\n')
    expect(response.complete).toBe(isComplete)
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
