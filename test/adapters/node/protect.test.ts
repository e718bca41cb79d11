import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import express from 'express'
import { describe, expect, expectTypeOf, test, vi } from 'vitest'
import { bearerAuth, protect } from '../../../adapters/node/index.ts'
import {
  type AnonymousContext,
  type AuthContext,
  ConfigError,
  type ProtectedResource,
} from '../../../src/index.ts'
import { createCertificate } from '../../support/certificate.ts'
import type { Received } from '../../support/http-client.ts'
import { METADATA_URL, RESOURCE } from '../../support/issuer.ts'
import { asResponse, bearer, listen, portOf, start } from '../../support/node-server.ts'
import { expectRejection } from '../../support/rejection.ts'
import { setUp } from '../../support/setup-resource.ts'
import { unchecked } from '../../support/unchecked.ts'

describe('protect() for Node', () => {
  test("gives the handler a request at the configured origin, and both of Node's objects", async () => {
    const { resource, issuer } = await setUp()
    const urls: string[] = []
    const hosts: string[] = []
    const client = await listen(
      protect(resource, (request, auth, req, res) => {
        urls.push(request.url)
        hosts.push(`${req.method} ${res.statusCode} ${auth.subject}`)
        return new Response('handled', { status: 202, statusText: 'Handled' })
      }),
    )
    const headers = { ...bearer(await issuer.token()), host: 'evil.example' }
    const response = await client.send({ path: '/mcp?page=2', headers })
    expect(response).toMatchObject({ status: 202, headers: { 'cache-control': 'private' } })
    expect(response.body.toString()).toBe('handled')
    expect(urls).toEqual([`${RESOURCE}?page=2`])
    expect(hosts).toEqual(['GET 200 user-1'])
  })

  test.each([
    ['http://evil.example/mcp', RESOURCE],
    ['//evil.example/mcp', 'https://rs.example//evil.example/mcp'],
    ['/mcp?', `${RESOURCE}?`],
    ['http://evil.example/mcp?', `${RESOURCE}?`],
    ['/mcp/caf%C3%A9/100%25', `${RESOURCE}/caf%C3%A9/100%25`],
  ])('takes nothing but the path from %s', async (path, expected) => {
    const { resource, issuer } = await setUp()
    const urls: string[] = []
    const client = await listen(
      protect(resource, (request) => {
        urls.push(request.url)
        return new Response('handled')
      }),
    )
    expect((await client.send({ path, headers: bearer(await issuer.token()) })).status).toBe(200)
    expect(urls).toEqual([expected])
  })

  test("passes the resource's origin to the handler if a function chose the resource", async () => {
    const { resource, issuer } = await setUp()
    const seen: string[] = []
    const client = await listen(
      protect(
        (request, req) => {
          seen.push(`${request.url} for ${req.headers.host}`)
          return resource
        },
        async (request) => {
          seen.push(request.url)
          return new Response(await request.text())
        },
      ),
    )
    const headers = { ...bearer(await issuer.token()), host: 'notes.example' }
    const response = await client.send({ method: 'POST', path: '/mcp?', headers, body: 'a body' })
    expect(response.body.toString()).toBe('a body')
    expect(seen).toEqual(['http://localhost/mcp? for notes.example', `${RESOURCE}?`])
    expect((await client.send({ path: new URL(METADATA_URL).pathname })).status).toBe(200)
    expect(seen.at(-1)).toMatch(/^http:\/\/localhost\/mcp for /)
  })

  test('sends every Set-Cookie, and header fields set before', async () => {
    const { resource, issuer } = await setUp()
    const listener = protect(resource, () => {
      const headers = new Headers({ 'X-Own': 'yes' })
      headers.append('Set-Cookie', 'a=1')
      headers.append('Set-Cookie', 'b=2')
      return new Response(null, { headers })
    })
    const client = await listen((req, res) => {
      res.setHeader('X-Before', 'yes')
      return listener(req, res)
    })
    const response = await client.send({ path: '/mcp', headers: bearer(await issuer.token()) })
    expect(response.headers).toMatchObject({
      'set-cookie': 'a=1, b=2',
      'x-own': 'yes',
      'x-before': 'yes',
    })
  })

  test('aborts request.signal and cancels the response when the client disconnects', async () => {
    const { resource, issuer } = await setUp()
    const aborted = Promise.withResolvers<void>()
    const cancelled = Promise.withResolvers<void>()
    const client = await listen(
      protect(resource, (request) => {
        request.signal.addEventListener('abort', () => aborted.resolve())
        const body = new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode('one')),
          cancel: () => cancelled.resolve(),
        })
        return new Response(body)
      }),
    )
    const headers = bearer(await issuer.token())
    const { body } = await client.sendAndLeave({ path: '/mcp', headers }, 3)
    expect(body.toString()).toBe('one')
    await aborted.promise
    await cancelled.promise
  })

  test('aborts the signals of copies, and those that are read late', async () => {
    const { resource, issuer } = await setUp()
    const closed = Promise.withResolvers<unknown[]>()
    const client = await listen(
      protect(resource, (request, _auth, _req, res) => {
        const copy = new Request(request)
        const copies = [request.clone(), new Request('http://upstream.example/', request), copy]
        const reasons: unknown[] = []
        copy.signal.addEventListener('abort', () => reasons.push(copy.signal.reason.name))
        res.once('close', () => {
          copies.push(request, new Request(copy), new Request(request), request.clone())
          const signals = copies.map(({ signal }) => signal)
          setImmediate(() => closed.resolve([...signals.map(({ aborted }) => aborted), ...reasons]))
        })
        const start = (controller: ReadableStreamDefaultController<Uint8Array>): void =>
          controller.enqueue(new TextEncoder().encode('one'))
        return new Response(new ReadableStream({ start }))
      }),
    )
    const headers = bearer(await issuer.token())
    await client.sendAndLeave({ path: '/mcp', headers }, 3)
    expect(await closed.promise).toEqual([...Array(7).fill(true), 'AbortError'])
  })

  test('aborts request.signal where the client left during the decision', async () => {
    const left = Promise.withResolvers<void>()
    const isRevoked = async () => left.promise.then(() => false)
    const { resource, issuer } = await setUp({
      options: { revocation: { isRevoked, timeoutMs: 10_000 } },
    })
    const signal = Promise.withResolvers<AbortSignal>()
    const asked = Promise.withResolvers<void>()
    const listener = protect(resource, (request) => {
      signal.resolve(request.signal)
      return new Response('late')
    })
    const server = await start(
      createServer((req, res) => {
        res.once('close', () => left.resolve())
        asked.resolve()
        return listener(req, res)
      }),
    )
    const socket = connect(portOf(server), '127.0.0.1')
    socket.write(
      `GET /mcp HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${await issuer.token()}\r\n\r\n`,
    )
    await asked.promise
    socket.destroy()
    expect((await signal.promise).aborted).toBe(true)
  })

  test('does not abort request.signal after a complete response', async () => {
    const { resource, issuer } = await setUp()
    const signals: AbortSignal[] = []
    const closed = Promise.withResolvers<void>()
    const client = await listen(
      protect(resource, (request, _auth, _req, res) => {
        signals.push(request.signal)
        res.once('close', () => closed.resolve())
        return new Response('handled')
      }),
    )
    await client.send({ path: '/mcp', headers: bearer(await issuer.token()) })
    await closed.promise
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
  })

  test('streams a body in both directions at once', async () => {
    const { resource, issuer } = await setUp()
    const server = await started(protect(resource, (request) => new Response(request.body)))
    const socket = connect(portOf(server), '127.0.0.1')
    const received = socket[Symbol.asyncIterator]()
    const until = async (text: string): Promise<void> => {
      for (let all = ''; !all.includes(text); ) all += (await received.next()).value
    }
    const { authorization } = bearer(await issuer.token())
    socket.write(
      `POST /mcp HTTP/1.1\r\nHost: rs.example\r\nAuthorization: ${authorization}\r\n` +
        'Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n',
    )
    await until('first')
    socket.write('6\r\nsecond\r\n0\r\n\r\n')
    await until('second')
    socket.destroy()
  })

  test('serves HTTP/2, without pseudo-fields as headers', async () => {
    const { resource, issuer } = await setUp()
    const listener = protect(resource, (request) => new Response(request.method))
    const server = http2.createServer(listener as never).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const ask = async (fields: OutgoingHttpHeaders): Promise<unknown> => {
      const stream = session.request({ ':path': '/mcp', ...fields })
      const [headers] = await once(stream, 'response')
      stream.resume()
      return headers[':status']
    }
    const { authorization } = bearer(await issuer.token())
    try {
      expect(await ask({ authorization })).toBe(200)
      expect(await ask({})).toBe(401)
    } finally {
      session.close()
      server.close()
    }
  })

  test('prints nothing if the client disconnects before its request is complete', async () => {
    const { resource } = await setUp({ options: { operations: { 'tools/call': ['call'] } } })
    const print = vi.spyOn(console, 'error').mockImplementation(() => {})
    const listener = protect(resource, () => new Response('handled'))
    const responses: Promise<void>[] = []
    const server = await start(createServer((req, res) => void responses.push(listener(req, res))))
    const socket = connect(portOf(server), '127.0.0.1')
    const head = 'POST /mcp HTTP/1.1\r\nHost: rs.example\r\nContent-Length: 1000\r\n\r\n{'
    await new Promise((resolve) => socket.write(head, resolve))
    await vi.waitFor(() => expect(responses).toHaveLength(1))
    socket.destroy()
    await Promise.all(responses)
    expect(print.mock.calls).toEqual([])
    print.mockRestore()
  })

  test('leaves the connection usable when the handler read only part of the body', async () => {
    const { resource, issuer } = await setUp()
    const { authorization } = bearer(await issuer.token())
    const server = await started(
      protect(resource, async (request) => {
        const reader = request.body?.getReader()
        await reader?.read()
        reader?.cancel().catch(() => {})
        return new Response('enough')
      }),
    )
    const socket = connect(portOf(server), '127.0.0.1')
    const body = 'x'.repeat(300_000)
    const head = `POST /mcp HTTP/1.1\r\nHost: rs.example\r\nAuthorization: ${authorization}\r\n`
    const message = `${head}Content-Length: ${body.length}\r\n\r\n${body}`
    socket.write(message + message)
    let responses = 0
    for await (const chunk of socket) {
      responses += String(chunk).split('enough').length - 1
      if (responses === 2) break
    }
    expect(responses).toBe(2)
  })

  test('closes the connection after a body that is too large', async () => {
    const options = { operations: { '*': ['read'] }, maxBodyBytes: 1000 }
    const { resource, issuer } = await setUp({ options })
    let calls = 0
    const server = await started(
      protect(resource, () => {
        calls += 1
        return new Response('handled')
      }),
    )
    const { authorization } = bearer(await issuer.token())
    const socket = connect(portOf(server), '127.0.0.1')
    // Without a length, so that it must be read.
    const chunk = `${(10_000).toString(16)}\r\n${'x'.repeat(10_000)}\r\n`
    const message =
      `POST /mcp HTTP/1.1\r\nHost: rs.example\r\nAuthorization: ${authorization}\r\n` +
      `Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(30)}0\r\n\r\n`
    socket.write(message)
    const received = Buffer.concat(await socket.toArray()).toString()
    expect(received).toMatch(/^HTTP\/1\.1 413 Payload Too Large\r\n.*\r\nConnection: close\r\n/is)
    expect(calls).toBe(0)
  })

  test('responds with 500 and prints the error when the handler throws', async () => {
    const { resource, issuer } = await setUp()
    const print = vi.spyOn(console, 'error').mockImplementation(() => {})
    const failure = new Error('the handler failed')
    const client = await listen(
      protect(resource, () => {
        throw failure
      }),
    )
    const response = await client.send({ path: '/mcp', headers: bearer(await issuer.token()) })
    expect({ status: response.status, body: response.body.toString() }).toEqual({
      status: 500,
      body: '',
    })
    expect(print.mock.calls).toEqual([[failure]])
    print.mockRestore()
  })

  test('destroys a response whose body fails, so that it does not look complete', async () => {
    const { resource, issuer } = await setUp()
    const print = vi.spyOn(console, 'error').mockImplementation(() => {})
    const failure = new Error('the body failed')
    let pulls = 0
    const client = await listen(
      protect(
        resource,
        () =>
          new Response(
            new ReadableStream({
              pull(controller) {
                pulls += 1
                if (pulls > 1) throw failure
                controller.enqueue(new TextEncoder().encode('half'))
              },
            }),
          ),
      ),
    )
    const sent = client.send({ path: '/mcp', headers: bearer(await issuer.token()) })
    await expect(sent).rejects.toThrow(/aborted|hang up/)
    expect(print.mock.calls).toEqual([[failure]])
    print.mockRestore()
  })

  test('sends a body of texts with its length in bytes', async () => {
    const { resource, issuer } = await setUp()
    const start = (controller: ReadableStreamDefaultController): void => {
      controller.enqueue('für')
      controller.close()
    }
    const client = await listen(
      protect(resource, () => new Response(new ReadableStream({ start }))),
    )
    const headers = bearer(await issuer.token())
    const response = await client.send({ path: '/mcp', headers })
    expect([response.headers['content-length'], response.body.toString()]).toEqual(['4', 'für'])
  })

  test.each([
    ['GET', 200, '0'],
    ['POST', 404, '0'],
    ['HEAD', 200, '5'],
    ['GET', 304, '5'],
    ['GET', 204, undefined],
    ['HEAD', 204, undefined],
  ])(
    'sends a response to %s with %i and no body with the Content-Length %s',
    async (method, status, length) => {
      const { resource, issuer } = await setUp()
      const client = await listen(
        // As with the fields of a response to HEAD, or of another server's response whose body is left out.
        protect(resource, () => new Response(null, { status, headers: { 'Content-Length': '5' } })),
      )
      const headers = bearer(await issuer.token())
      const response = await client.send({ method, path: '/mcp', headers })
      expect([response.status, response.headers['content-length']]).toEqual([status, length])
    },
  )

  test.each(['2', '9'])(
    'cuts off a stream of 4 bytes whose length is said to be %s',
    async (length) => {
      vi.spyOn(console, 'error').mockImplementation(() => {})
      const { resource, issuer } = await setUp()
      const handler = () => {
        const chunks = new ReadableStream({
          async start(controller) {
            controller.enqueue(new TextEncoder().encode('ab'))
            await new Promise((resolve) => setTimeout(resolve, 20))
            controller.enqueue(new TextEncoder().encode('cd'))
            controller.close()
          },
        })
        return new Response(chunks, { headers: { 'Content-Length': length } })
      }
      const server = createServer(protect(resource, handler)).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
      const token = await issuer.token()
      socket.write(`GET /mcp HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`)
      const chunks: Buffer[] = []
      socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => {})
      await once(socket, 'close')
      server.close()
      const body = Buffer.concat(chunks).toString().split('\r\n\r\n')[1]
      expect(body).toBe('ab')
    },
  )

  test('passes errors to the framework', async () => {
    const { resource, issuer } = await setUp()
    const failure = new Error('the handler failed')
    const errors: unknown[] = []
    const app = express()
    app.use(
      '/mcp',
      protect(resource, () => {
        throw failure
      }),
    )
    app.use(((error, _req, res, _next) => {
      errors.push(error)
      res.status(418).end()
    }) satisfies express.ErrorRequestHandler)
    const client = await listen(app)
    const response = await client.send({ path: '/mcp', headers: bearer(await issuer.token()) })
    expect(response.status).toBe(418)
    expect(errors).toEqual([failure])
  })

  test('rejects a request without credentials', async () => {
    const { resource } = await setUp()
    let calls = 0
    const client = await listen(
      protect(resource, () => {
        calls += 1
        return new Response('handled')
      }),
    )
    const response = await client.send({ path: '/mcp' })
    await expectRejection(asResponse(response), { status: 401, resourceMetadata: METADATA_URL })
    expect(calls).toBe(0)
  })

  test.each([
    ['TRACE', '/mcp', 501],
    ['OPTIONS', '*', 400],
  ])('rejects %s %s, which the Web has no Request for', async (method, path, status) => {
    const { resource, issuer } = await setUp()
    let calls = 0
    const client = await listen(
      protect(resource, () => {
        calls += 1
        return new Response('handled')
      }),
    )
    const headers = bearer(await issuer.token())
    expect((await client.send({ method, path, headers })).status).toBe(status)
    expect(calls).toBe(0)
  })

  test('rejects invalid requirements when it is created', async () => {
    const { resource } = await setUp()
    const mistaken = { scopes: ['two words'] }
    expect(() => protect(resource, () => new Response(), mistaken)).toThrow(ConfigError)
    expect(() => bearerAuth(resource, mistaken)).toThrow(ConfigError)
    const asked = (() => ({ scopes: ['admin'] })) as object
    expect(() => bearerAuth(resource, asked)).toThrow(TypeError)
  })

  test.each([
    ['a promise', (async () => ({ scopes: ['admin'] }))()],
    [
      'an object that inherits from a promise',
      Object.create(Promise.resolve({ scopes: ['admin'] })),
    ],
    ['a list', ['admin']],
    ['a text', 'admin'],
    ['null', null],
  ])('accepts no request with %s as requirements', async (_what, needs) => {
    const { resource, issuer } = await setUp()
    const wrong = unchecked<() => { optional: false }>(() => needs)
    const listener = protect(resource, () => new Response('handled'), wrong)
    const passedOn: unknown[] = []
    const client = await listen((req, res) =>
      listener(req, res, (error) => {
        passedOn.push(error)
        res.writeHead(500).end()
      }),
    )
    const headers = bearer(await issuer.token())
    expect((await client.send({ method: 'POST', path: '/mcp', headers })).status).toBe(500)
    expect(passedOn).toEqual([expect.any(TypeError)])
  })

  test('has types that fit node:http', async () => {
    const { resource } = await setUp()
    const listener = protect(resource, (_request, auth, req, res) => {
      expectTypeOf(auth).toEqualTypeOf<AuthContext>()
      expectTypeOf(req).toEqualTypeOf<IncomingMessage>()
      expectTypeOf(res).toEqualTypeOf<ServerResponse>()
      return new Response()
    })
    expectTypeOf(listener).toExtend<RequestListener>()
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

describe('mutual TLS on Node', () => {
  test.each([
    [
      'protect()',
      (resource: ProtectedResource) => protect(resource, () => new Response('handled')),
    ],
    [
      'bearerAuth()',
      (resource: ProtectedResource) => {
        const guard = bearerAuth(resource)
        return (req: IncomingMessage, res: ServerResponse) =>
          guard(req, res, () => res.end('handled'))
      },
    ],
  ])('%s takes the certificate from the socket', async (_title, listenerFor) => {
    const { resource, issuer } = await setUp({ options: { mtls: { required: true } } })
    const listener = listenerFor(resource)
    const certificate = createCertificate()
    const identity = { key: certificate.key, cert: certificate.pem }
    const tls = { ...identity, requestCert: true, rejectUnauthorized: false }
    const server = await start(https.createServer(tls, listener))
    const thumbprint = createHash('sha256').update(certificate.der).digest('base64url')
    const bound = { 'x5t#S256': thumbprint }
    const other = { 'x5t#S256': 'A'.repeat(43) }
    const ask = async (cnf: object | undefined, client: object): Promise<Received> => {
      const headers = bearer(await issuer.token({ cnf }))
      const port = portOf(server)
      const asked = https.get({
        port,
        path: '/mcp',
        headers,
        ca: certificate.pem,
        host: '127.0.0.1',
        agent: false,
        ...client,
      })
      const [response] = (await once(asked, 'response')) as [IncomingMessage]
      const body = Buffer.concat(await response.toArray())
      const sent = Object.entries(response.headers).map(([name, value]) => [name, String(value)])
      return { status: response.statusCode ?? 0, headers: Object.fromEntries(sent), body }
    }
    expect((await ask(bound, identity)).body.toString()).toBe('handled')
    for (const [cnf, client] of [
      [bound, {}],
      [other, identity],
      [undefined, identity],
    ] as const) {
      const rejection = asResponse(await ask(cnf, client))
      const expected = { status: 401, error: 'invalid_token', resourceMetadata: METADATA_URL }
      await expectRejection(rejection, expected)
    }
  })
})

function started(listener: RequestListener): Promise<Server> {
  return start(createServer(listener))
}
