/** `forward()` through pipe: an upstream that responds before it has read the request, or breaks off its response. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, createServer as createTcpServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { protect } from '../../adapters/node/index.ts'
import { forward } from '../../src/gateway/index.ts'
import { METADATA_URL } from '../support/issuer.ts'
import { portOf, start } from '../support/node-server.ts'
import { createScene } from '../support/scene.ts'

/** More than the buffers of two hops hold. */
const BODY = Buffer.alloc(16 * 1024 * 1024, 'x')
const REJECTION =
  'HTTP/1.1 413 Content Too Large\r\nContent-Length: 8\r\nConnection: close\r\n\r\ntoo long'

const cleanUps: (() => void)[] = []

afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp()
})

/** @param respond Called with the first bytes of each connection. Nothing more is read. */
async function createUpstream(respond: (socket: Socket) => void): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => {
      socket.pause()
      respond(socket)
    })
    cleanUps.push(() => socket.destroy())
  })
  cleanUps.push(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as { port: number }).port}/`
}

interface Gateway {
  readonly port: number
  readonly authorization: string
}

/** @param change What the handler makes of the upstream's response. */
async function createGateway(
  upstream: string,
  change?: (response: Response) => Promise<Response>,
): Promise<Gateway> {
  const { resource, issuer } = await createScene()
  const handler = forward(upstream)
  const listener =
    change === undefined
      ? protect(resource, handler)
      : protect(resource, async (request, auth) => change(await handler(request, auth)))
  const port = portOf(await start(createServer(listener)))
  return { port, authorization: `Bearer ${await issuer.token()}` }
}

/** Sends the whole request, as a client that reads the response afterwards. */
async function exchange(
  { port, authorization }: Gateway,
  { fields = '', body = Buffer.alloc(0), next = '' },
): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let received = ''
  socket.on('data', (chunk) => {
    received += String(chunk)
  })
  const closed = once(socket, 'close')
  socket.write(`POST /mcp HTTP/1.1\r\nHost: rs.example\r\nAuthorization: ${authorization}\r\n`)
  socket.write(`${fields}Content-Length: ${body.length}\r\n\r\n`)
  socket.write(body)
  socket.write(next)
  await closed
  return received
}

describe('an upstream that responds within the body of the request', () => {
  const closesAtOnce = (socket: Socket) => void socket.write(REJECTION, () => socket.destroy())
  const closesItsSide = (socket: Socket) => void socket.end(REJECTION)
  const breaksOff = (socket: Socket) => void socket.destroy()

  it.each([
    ['closes at once', closesAtOnce],
    ['closes its side', closesItsSide],
  ])('gives its response to the client where it %s', async (_, respond) => {
    const gateway = await createGateway(await createUpstream(respond))
    for (let count = 0; count < 10; count++) {
      const received = await exchange(gateway, { fields: 'Connection: close\r\n', body: BODY })
      expect(received).toMatch(/^HTTP\/1\.1 413 Content Too Large\r\n/)
      expect(received).toMatch(/\r\n\r\ntoo long$/)
    }
  })

  it.each([
    ['closes at once', closesAtOnce, 413],
    ['closes its side', closesItsSide, 413],
    ['breaks off', breaksOff, 502],
  ])(
    'closes the connection of the client after its whole request where it %s',
    async (_, respond, status) => {
      const gateway = await createGateway(await createUpstream(respond))
      const received = await exchange(gateway, { body: BODY })
      expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual([`HTTP/1.1 ${status}`])
      expect(received).toMatch(/\r\nConnection: close\r\n/i)
    },
  )
})

describe('an upstream that breaks off after a part of its response', () => {
  const breaksOff = (socket: Socket) =>
    void socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n', () =>
      socket.destroy(),
    )

  it('breaks off the response that a handler gives later', async () => {
    const closed = Promise.withResolvers<void>()
    const upstream = await createUpstream((socket) => {
      socket.on('close', () => closed.resolve())
      breaksOff(socket)
    })
    const gateway = await createGateway(upstream, async (response) => {
      await closed.promise
      // The system has delivered the end, and the loop of this process reads it in one of its next turns.
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
      return response
    })
    expect(await exchange(gateway, {})).toBe('')
  })
})

describe('an upstream whose head the parser of Node accepts', () => {
  const sends = (head: string) => (socket: Socket) =>
    void socket.end(`HTTP/1.1 ${head}\r\nContent-Length: 2\r\n\r\nok`)

  it.each(['099 Below', '000 None', '600 Above', '999 Far'])(
    'and whose status %s is not a final one is a 502',
    async (status) => {
      const gateway = await createGateway(await createUpstream(sends(status)))
      const received = await exchange(gateway, { fields: 'Connection: close\r\n' })
      expect(received).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/)
    },
  )

  it.each(['204 No Content', '205 Reset Content'])(
    'and whose %s states a length does not shift the next response',
    async (head) => {
      const gateway = await createGateway(await createUpstream(sends(head)))
      const next = `GET ${new URL(METADATA_URL).pathname} HTTP/1.1\r\nHost: rs.example\r\nConnection: close\r\n\r\n`
      const received = await exchange(gateway, { next })
      const [first = '', ...others] = received.split(/(?=HTTP\/1\.1 )/)
      expect(first.toLowerCase()).not.toMatch(/content-length: [1-9]/)
      expect(others.map((each) => each.slice(0, 12))).toEqual(['HTTP/1.1 200'])
    },
  )

  it('and whose reason phrase its writer does not accept gets its status alone', async () => {
    const gateway = await createGateway(await createUpstream(sends('200 \u0001Odd')))
    const received = await exchange(gateway, { fields: 'Connection: close\r\n' })
    expect(received).toMatch(/^HTTP\/1\.1 200 \r\n/)
    expect(received).toMatch(/\r\n\r\nok$/)
  })
})
