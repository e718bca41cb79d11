/** Bodies on Node: endless, empty, parsed, and over HTTP/2. */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import http2 from 'node:http2'
import { connect, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import express from 'express'
import fastify from 'fastify'
import { describe, expect, test } from 'vitest'
import { authOf, bearerAuth, protect } from '../../../adapters/node/index.ts'
import { METADATA_URL } from '../../support/issuer.ts'
import { bearer, listen, portOf, start } from '../../support/node-server.ts'
import { bearerChallenge } from '../../support/rejection.ts'
import { setUp } from '../../support/setup-resource.ts'

const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'delete_note' } }
const POLICY = { 'tools/call delete_note': ['delete'] }
const INVALID = bearerChallenge('invalid_request', undefined, METADATA_URL)
const LACKING = bearerChallenge('insufficient_scope', 'delete', METADATA_URL)

type Next = () => void

describe('a body that never ends', () => {
  async function guarded(bodyTimeoutMs: number) {
    const made = await setUp({ options: { operations: POLICY, bodyTimeoutMs } })
    let calls = 0
    const count = (): void => {
      calls += 1
    }
    const listener = protect(made.resource, () => {
      count()
      return new Response('handled')
    })
    const guard = bearerAuth(made.resource)
    const app = express().use(guard, (_req, res) => {
      count()
      res.end('handled')
    })
    const servers = [createServer(listener), createServer(app)]
    for (const server of servers) await start(server)
    return { ...made, servers, handled: () => calls }
  }

  test.each([
    ['stops', undefined],
    ['drips', 10],
  ])('TRN-15: that %s is a 408, and its connection ends', async (_, everyMs) => {
    const { servers, issuer, handled } = await guarded(100)
    for (const server of servers) {
      const headers = bearer(await issuer.token({ scope: 'delete' }))
      const { response, ended } = await dripping(portOf(server), headers, everyMs)
      expect(response).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
      expect(response).toMatch(/\r\nConnection: close\r\n/i)
      expect(response).not.toMatch(/WWW-Authenticate/i)
      expect([ended, handled()]).toEqual([true, 0])
    }
  })

  test('TRN-15: is the plain 401 without a good token', async () => {
    const { servers, handled } = await guarded(50)
    for (const server of servers) {
      for (const headers of [{}, bearer('garbage')] as Record<string, string>[]) {
        const { response } = await dripping(portOf(server), headers, 10)
        expect(response).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/)
        expect(response).toMatch(/\r\nWWW-Authenticate: Bearer /i)
        expect(handled()).toBe(0)
      }
    }
  })
})

describe('an empty body', () => {
  const FRAMINGS = [
    ['no length', {}],
    ['a length of 0', { 'content-length': '0' }],
    ['no chunks', { 'transfer-encoding': 'chunked' }],
  ] as const

  test.each(FRAMINGS)(
    'SCO-19: of a POST is a 400 with a policy, at once: %s',
    async (_, framing) => {
      const { resource, issuer } = await setUp({ options: { operations: POLICY } })
      const headers = { ...bearer(await issuer.token()), ...framing }
      for (const reader of READERS) {
        const client = await listen(express().use(bearerAuth(resource), reader, respond))
        const response = await client.send({ method: 'POST', path: '/mcp', headers })
        expect([response.status, response.headers['www-authenticate']]).toEqual([400, INVALID])
      }
      const app = fastify()
      const guard = bearerAuth(resource)
      app.addHook('onRequest', (request, reply, done) => guard(request.raw, reply.raw, done))
      app.post('/mcp', () => 'handled')
      const response = await app.inject({ method: 'POST', url: '/mcp', headers })
      expect([response.statusCode, response.headers['www-authenticate']]).toEqual([400, INVALID])
      await app.close()
    },
  )

  test.each(FRAMINGS)('can be read by the next middleware: %s', async (_, framing) => {
    for (const [method, options] of [
      ['DELETE', { operations: POLICY }],
      ['PUT', { operations: POLICY }],
      ['POST', {}],
    ] as const) {
      const { resource, issuer } = await setUp({ options })
      const headers = { ...bearer(await issuer.token()), ...framing }
      for (const reader of READERS) {
        const client = await listen(express().use(bearerAuth(resource), reader, respond))
        const response = await client.send({ method, path: '/mcp', headers })
        expect([method, response.status, response.body.toString()]).toEqual([
          method,
          200,
          'handled',
        ])
      }
      const app = fastify()
      const guard = bearerAuth(resource)
      app.addHook('onRequest', (request, reply, done) => guard(request.raw, reply.raw, done))
      app.addContentTypeParser('*', (_request, payload, done) => {
        payload.on('end', () => done(null, 'read')).resume()
      })
      app.route({ method, url: '/mcp', handler: () => 'handled' })
      const address = await app.listen({ host: '127.0.0.1', port: 0 })
      const { port } = new URL(address)
      const sent = { ...headers, 'content-type': 'text/plain' }
      expect(await rawStatus(Number(port), method, sent)).toBe(200)
      await app.close()
    }
  })

  /** Middleware after the guard that reads the body. */
  const READERS: express.RequestHandler[] = [
    express.json({ type: () => true }),
    express.raw({ type: () => true }),
    (req, _res, next) => {
      req.on('end', () => next()).resume()
    },
  ]

  const respond: express.RequestHandler = (_req, res) => void res.end('handled')
})

describe('a body that came in several chunks before it was read', () => {
  const text = JSON.stringify({ ...CALL, params: { name: 'x'.repeat(3000) } })
  const chunks = [text.slice(0, 1000), text.slice(1000, 2000), text.slice(2000)]

  /** Sends the chunks one by one, and calls the guard when all of them have arrived. */
  async function send(listener: RequestListener, token: string): Promise<string> {
    const server = await start(
      createServer(async (req, res) => {
        for (let length = 0; length < text.length; await turn()) {
          if (req.readableLength < length) continue
          const chunk = chunks[length / 1000] ?? ''
          socket.write(chunk)
          length += chunk.length
        }
        while (!req.complete) await turn()
        listener(req, res)
      }),
    )
    const socket = connect(portOf(server), '127.0.0.1')
    const head = `Host: a\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n`
    const type = `Content-Type: application/json\r\nContent-Length: ${text.length}\r\n`
    socket.write(`POST /mcp HTTP/1.1\r\n${head}${type}\r\n`)
    return Buffer.concat(await socket.toArray()).toString()
  }

  test.each([
    ['as it is', {}],
    ['after a decision', { operations: POLICY }],
  ])('is whole in protect(), %s', async (_, options) => {
    const { resource, issuer } = await setUp({ options })
    const listener = protect(resource, async (request) => new Response(await request.text()))
    expect(await send(listener, await issuer.token())).toContain(`\r\n\r\n${text}`)
  })

  test('is whole after bearerAuth() has read it for a decision', async () => {
    const { resource, issuer } = await setUp({ options: { operations: POLICY } })
    const app = express().use(bearerAuth(resource), (req, res) => void res.json(req.body))
    expect(await send(app, await issuer.token())).toContain(`\r\n\r\n${text}`)
  })
})

describe('a body that a parser has read', () => {
  async function parsed(change: (body: unknown, req: IncomingMessage) => unknown) {
    const made = await setUp({ options: { operations: POLICY } })
    const bodies: unknown[] = []
    const app = express().use(
      express.json(),
      (req: express.Request, _res: unknown, next: Next) => {
        req.body = change(req.body, req)
        next()
      },
      bearerAuth(made.resource),
      (req: express.Request, res: express.Response) => {
        bodies.push(req.body)
        res.json(authOf(req).operations)
      },
    )
    const client = await listen(app)
    const send = async (scope: string, body: unknown = CALL) => {
      const response = await client.send({
        method: 'POST',
        path: '/mcp',
        headers: {
          ...bearer(await made.issuer.token({ scope })),
          'content-type': 'application/json',
        },
        body: JSON.stringify(body),
      })
      return [response.status, response.headers['www-authenticate']]
    }
    return { send, bodies }
  }

  test('SCO-19: is decided by the same value that is executed', async () => {
    let seen: unknown
    const { send, bodies } = await parsed((body) => {
      seen = body
      return body
    })
    expect(await send('other')).toEqual([403, LACKING])
    expect(await send('delete')).toEqual([200, undefined])
    expect(bodies).toHaveLength(1)
    expect(bodies[0]).toBe(seen)
  })

  test.each([
    ['another call', () => CALL],
    ['its text', () => JSON.stringify(CALL)],
    ['its bytes', () => Buffer.from(JSON.stringify(CALL))],
  ])('SCO-19: is decided as it was left: %s', async (_, change) => {
    const { send, bodies } = await parsed(change)
    const other = { ...CALL, params: { name: 'list_notes' } }
    expect(await send('other', other)).toEqual([403, LACKING])
    expect(await send('delete', other)).toEqual([200, undefined])
    expect(bodies).toEqual([change()])
  })

  test.each([
    [
      'toJSON',
      () => ({ ...CALL, toJSON: () => ({ jsonrpc: '2.0', id: 1, method: 'tools/list' }) }),
    ],
    [
      'an accessor',
      () => Object.defineProperty({ ...CALL }, 'method', { get: () => 'tools/list' }),
    ],
    ['Name', () => ({ ...CALL, params: { name: 'list_notes', Name: 'delete_note' } })],
    ['an empty object', () => ({})],
    ['a duplicate in text', () => '{"method":"tools/list","method":"tools/call"}'],
  ])('SCO-19: is a 400 where it was left with %s', async (_, change) => {
    const { send, bodies } = await parsed(change)
    expect(await send('delete')).toEqual([400, INVALID])
    expect(bodies).toEqual([])
  })

  test('SCO-19: requires nothing where a parser left {} for a request without a body', async () => {
    const { resource, issuer } = await setUp({ options: { operations: POLICY } })
    const leave = (req: express.Request, _res: unknown, next: Next) => {
      req.body = {}
      next()
    }
    const app = express().use(express.json(), leave, bearerAuth(resource), (_req, res) => {
      res.end('handled')
    })
    const client = await listen(app)
    const headers = { ...bearer(await issuer.token()), 'content-length': '0' }
    for (const method of ['GET', 'DELETE']) {
      expect((await client.send({ method, path: '/mcp', headers })).status).toBe(200)
    }
  })
})

describe('over HTTP/2', () => {
  test('SCO-19: a GET that may have a body is a 400, and other methods are decided by their body', async () => {
    const { resource, issuer } = await setUp({ options: { operations: POLICY } })
    const read: string[] = []
    const guard = bearerAuth(resource)
    const server = http2.createServer(((req: IncomingMessage, res: never) =>
      guard(req, res, () => {
        req.setEncoding('utf8').on('data', (text: string) => read.push(text))
        ;(res as { end(text: string): void }).end('handled')
      })) as never)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const session = http2.connect(`http://127.0.0.1:${(server.address() as { port: number }).port}`)
    const { authorization } = bearer(await issuer.token())
    const ask = async (method: string, body: string | undefined): Promise<unknown> => {
      const fields = { ':method': method, ':path': '/mcp', authorization }
      const stream = session.request(fields, { endStream: body === undefined })
      if (body !== undefined) stream.end(body)
      const [headers] = await once(stream, 'response')
      stream.resume()
      return headers[':status']
    }
    try {
      const body = JSON.stringify(CALL)
      expect(await ask('GET', undefined)).toBe(200)
      expect(await ask('HEAD', undefined)).toBe(200)
      for (const method of ['GET', 'HEAD']) expect(await ask(method, body)).toBe(400)
      for (const method of ['POST', 'DELETE', 'PUT']) expect(await ask(method, body)).toBe(403)
      expect(await ask('DELETE', undefined)).toBe(200)
      expect(await ask('POST', undefined)).toBe(400)
      expect(read).toEqual([])
    } finally {
      session.close()
      server.close()
    }
  })
})

/** Sends the head of a POST and one byte of its body, once or repeatedly, until the response. */
async function dripping(
  port: number,
  headers: Record<string, string>,
  everyMs: number | undefined,
) {
  const socket = connect(port, '127.0.0.1')
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(
    `POST /mcp HTTP/1.1\r\nHost: rs.example\r\n${lines.join('')}Content-Length: 100000\r\n\r\n{`,
  )
  const timer = everyMs === undefined ? undefined : setInterval(() => socket.write(' '), everyMs)
  socket.on('error', () => {})
  try {
    return await receive(socket)
  } finally {
    clearInterval(timer)
    socket.destroy()
  }
}

/** The head of the response; a 408 is read to the end of the connection. */
async function receive(socket: Socket): Promise<{ response: string; ended: boolean }> {
  let response = ''
  try {
    for await (const chunk of socket) {
      response += String(chunk)
      if (response.includes('\r\n\r\n') && !response.startsWith('HTTP/1.1 408')) {
        return { response, ended: false }
      }
    }
  } catch {
    // The connection was closed while the body was being sent.
  }
  return { response, ended: true }
}

/** Over a socket, because HTTP clients leave out empty framing. */
async function rawStatus(
  port: number,
  method: string,
  headers: Record<string, string>,
): Promise<number> {
  const socket = connect(port, '127.0.0.1')
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const body = 'transfer-encoding' in headers ? '0\r\n\r\n' : ''
  socket.write(`${method} /mcp HTTP/1.1\r\nHost: rs.example\r\n${lines.join('')}\r\n${body}`)
  const { response } = await receive(socket)
  socket.destroy()
  return Number(response.split(' ', 2)[1])
}
