import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import https from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import express from 'express'
import fastify from 'fastify'
import { afterEach, describe, expect, expectTypeOf, test, vi } from 'vitest'
import { authErrors, authOf, bearerAuth, metadata, protect } from '../../adapters/node.ts'
import {
  type AnonymousContext,
  type AuthContext,
  ConfigError,
  type ProtectedResource,
  protectedResource,
  requireScopes,
} from '../../src/index.ts'
import { createCertificate } from '../support/certificate.ts'
import { type Client, createClient, type Received } from '../support/http-client.ts'
import { METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { expectRefusal } from '../support/refusal.ts'
import { setUp } from '../support/setup-resource.ts'

const METADATA_PATH = new URL(METADATA_URL).pathname
const CALL = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'delete_note', arguments: { of: 'ümlaut' } },
})

const servers: (Server | https.Server)[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

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
    ['/a/../mcp', RESOURCE],
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

  test("tells the handler the resource's origin where a function chose the resource", async () => {
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
    const response = await client.send({ method: 'POST', path: '/mcp', headers, body: 'a body' })
    expect(response.body.toString()).toBe('a body')
    expect(seen).toEqual(['http://localhost/mcp for notes.example', RESOURCE])
    expect((await client.send({ path: METADATA_PATH })).status).toBe(200)
    expect(seen.at(-1)).toMatch(/^http:\/\/localhost\/mcp for /)
  })

  test('sends every Set-Cookie, and what was set before it', async () => {
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

  test('aborts request.signal and cancels the response when the client leaves', async () => {
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

  test('does not abort request.signal when all went well', async () => {
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

  test('echoes a body while it is still being sent', async () => {
    const { resource, issuer } = await setUp()
    const server = await open(protect(resource, (request) => new Response(request.body)))
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
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

  test('leaves the connection usable when the handler read only part of the body', async () => {
    const { resource, issuer } = await setUp()
    const { authorization } = bearer(await issuer.token())
    const server = await open(
      protect(resource, async (request) => {
        const reader = request.body?.getReader()
        await reader?.read()
        reader?.cancel().catch(() => {})
        return new Response('enough')
      }),
    )
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    const body = 'x'.repeat(300_000)
    const head = `POST /mcp HTTP/1.1\r\nHost: rs.example\r\nAuthorization: ${authorization}\r\n`
    const message = `${head}Content-Length: ${body.length}\r\n\r\n${body}`
    socket.write(message + message)
    let answers = 0
    for await (const chunk of socket) {
      answers += String(chunk).split('enough').length - 1
      if (answers === 2) break
    }
    expect(answers).toBe(2)
  })

  test('leaves the connection usable after a body that was too large to judge', async () => {
    const options = { operations: POLICY, maxBodyBytes: 1000 }
    const { resource, issuer } = await setUp({ options })
    let calls = 0
    const server = await open(
      protect(resource, () => {
        calls += 1
        return new Response('handled')
      }),
    )
    const { authorization } = bearer(await issuer.token())
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    // Without a length, so that it has to be read to be known.
    const chunk = `${(10_000).toString(16)}\r\n${'x'.repeat(10_000)}\r\n`
    const message =
      `POST /mcp HTTP/1.1\r\nHost: rs.example\r\nAuthorization: ${authorization}\r\n` +
      `Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(30)}0\r\n\r\n`
    socket.write(message + message)
    let received = ''
    for await (const part of socket) {
      received += part
      if (received.split('HTTP/1.1 413').length === 3) break
    }
    expect(received.match(/^HTTP.*$/gm)).toEqual(Array(2).fill('HTTP/1.1 413 Payload Too Large'))
    expect(calls).toBe(0)
  })

  test('answers 500 and prints the error when the handler throws', async () => {
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

  test('cuts a response off when its body fails, so that nobody takes it for complete', async () => {
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
    await expect(sent).rejects.toThrow('aborted')
    expect(print.mock.calls).toEqual([[failure]])
    print.mockRestore()
  })

  test('hands errors to the framework where there is one', async () => {
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

  test('refuses a request without credentials', async () => {
    const { resource } = await setUp()
    let calls = 0
    const client = await listen(
      protect(resource, () => {
        calls += 1
        return new Response('handled')
      }),
    )
    const response = await client.send({ path: '/mcp' })
    await expectRefusal(asResponse(response), { status: 401, resourceMetadata: METADATA_URL })
    expect(calls).toBe(0)
  })

  test.each([
    ['TRACE', '/mcp', 501],
    ['OPTIONS', '*', 400],
  ])('refuses %s %s, which the Web has no Request for', async (method, path, status) => {
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

  test('refuses mistaken requirements when they are given', async () => {
    const { resource } = await setUp()
    const mistaken = { scopes: ['two words'] }
    expect(() => protect(resource, () => new Response(), mistaken)).toThrow(ConfigError)
    expect(() => bearerAuth(resource, mistaken)).toThrow(ConfigError)
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
      const { port } = server.address() as AddressInfo
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
      const refused = asResponse(await ask(cnf, client))
      const expected = { status: 401, error: 'invalid_token', resourceMetadata: METADATA_URL }
      await expectRefusal(refused, expected)
    }
  })
})

describe('bearerAuth() in Express', () => {
  test('leaves the context in req.auth', async () => {
    const { resource, issuer } = await setUp()
    const app = express()
    app.use(metadata(resource))
    app.post('/mcp', bearerAuth(resource, { scopes: ['read'] }), express.json(), (req, res) => {
      const auth = authOf(req)
      expect((req as { auth?: unknown }).auth).toBe(auth)
      res.json({ subject: auth.subject, body: req.body })
    })
    const client = await listen(app)
    const headers = {
      ...bearer(await issuer.token()),
      'content-type': 'application/json',
      origin: 'https://rs.example',
    }
    const response = await client.send({ method: 'POST', path: '/mcp', headers, body: CALL })
    expect(JSON.parse(response.body.toString())).toEqual({
      subject: 'user-1',
      body: JSON.parse(CALL),
    })
    expect(response.headers).toMatchObject({
      'cache-control': 'private',
      vary: 'Origin',
      'access-control-allow-origin': 'https://rs.example',
    })
    const document = await client.send({ path: METADATA_PATH })
    expect(JSON.parse(document.body.toString())).toEqual(resource.metadata)
  })

  test('refuses, with the challenge, and nothing after it runs', async () => {
    const { resource, issuer } = await setUp()
    const { client, calls } = await guarded(bearerAuth(resource, { scopes: ['write'] }))
    const { authorization } = bearer(await issuer.token())
    const cases = [
      [{}, { status: 401, scope: 'write' }],
      [
        { authorization: [authorization, authorization] },
        { status: 400, error: 'invalid_request' },
      ],
      [{ authorization }, { status: 403, error: 'insufficient_scope', scope: 'write' }],
      [
        bearer(await issuer.token({ exp: 1 })),
        { status: 401, error: 'invalid_token', scope: 'write' },
      ],
    ] as const
    for (const [headers, expected] of cases) {
      const response = await client.send({ path: '/mcp', headers })
      await expectRefusal(asResponse(response), { ...expected, resourceMetadata: METADATA_URL })
    }
    expect(calls()).toBe(0)
  })

  test('answers preflights', async () => {
    const { resource } = await setUp()
    const { client, calls } = await guarded(bearerAuth(resource))
    const headers = { origin: 'https://rs.example', 'access-control-request-method': 'POST' }
    const response = await client.send({ method: 'OPTIONS', path: '/mcp', headers })
    expect(response.status).toBe(204)
    expect(response.headers['access-control-allow-origin']).toBe('https://rs.example')
    expect(calls()).toBe(0)
  })

  test('lets anonymous requests through where that is optional', async () => {
    const { resource } = await setUp()
    const contexts: unknown[] = []
    const app = express()
    app.use(bearerAuth(resource, { optional: true }), (req, res) => {
      contexts.push(authOf<AuthContext | AnonymousContext>(req))
      res.end()
    })
    const client = await listen(app)
    expect((await client.send({ path: '/mcp' })).status).toBe(200)
    expect(contexts).toEqual([expect.objectContaining({ anonymous: true })])
  })

  test('completes what a handler writes in whatever way, and keeps what it says', async () => {
    const { resource, issuer } = await setUp()
    const app = express()
    app.use(bearerAuth(resource))
    app.get('/plain', (_req, res) => void res.setHeader('Vary', 'Accept').end())
    app.get('/object', (_req, res) => void res.writeHead(200, { Vary: 'Accept' }).end())
    app.get('/list', (_req, res) => {
      res.writeHead(200, 'Fine', ['Vary', 'Accept', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']).end()
    })
    app.get('/cached', (_req, res) => void res.set('Cache-Control', 'no-cache').send('x'))
    app.get('/streamed', (_req, res) => {
      res.write('one')
      res.end('two')
    })
    const client = await listen(app)
    const headers = { ...bearer(await issuer.token()), origin: 'https://rs.example' }
    const cors = { 'access-control-allow-origin': 'https://rs.example' }
    const expected = {
      '/plain': { vary: 'Accept, Origin', 'cache-control': 'private', ...cors },
      '/object': { vary: 'Accept, Origin', 'cache-control': 'private', ...cors },
      '/list': { vary: 'Accept, Origin', 'cache-control': 'private', 'set-cookie': 'a=1, b=2' },
      '/cached': { vary: 'Origin', 'cache-control': 'no-cache', ...cors },
      '/streamed': { vary: 'Origin', 'cache-control': 'private', ...cors },
    }
    for (const [path, wanted] of Object.entries(expected)) {
      expect((await client.send({ path, headers })).headers, path).toMatchObject(wanted)
    }
  })

  test('reads the body where a policy must see it, and leaves it parsed in req.body', async () => {
    const { resource, issuer } = await setUp({ options: { operations: POLICY } })
    const bodies: unknown[] = []
    const app = express()
    // A parser after the guard finds nothing left to do.
    app.use(bearerAuth(resource), express.json(), (req, res) => {
      bodies.push(req.body)
      res.json(authOf(req).operations)
    })
    const client = await listen(app)
    const headers = {
      ...bearer(await issuer.token({ scope: 'delete' })),
      'content-type': 'application/json',
    }
    const response = await client.send({ method: 'POST', path: '/mcp', headers, body: CALL })
    expect(JSON.parse(response.body.toString())).toEqual([
      { method: 'tools/call', name: 'delete_note' },
    ])
    expect(bodies).toEqual([JSON.parse(CALL)])
  })

  test('refuses by the body, whether a parser was there first or not', async () => {
    const { resource, issuer } = await setUp({ options: { operations: POLICY } })
    const guard = bearerAuth(resource)
    const expected = { status: 403, error: 'insufficient_scope', scope: 'delete' }
    for (const first of [guard, express.json(), express.text({ type: '*/*' }), express.raw()]) {
      const { client, calls } = await guarded(first, guard)
      const headers = { ...bearer(await issuer.token()), 'content-type': 'application/json' }
      const response = await client.send({ method: 'POST', path: '/mcp', headers, body: CALL })
      await expectRefusal(asResponse(response), { ...expected, resourceMetadata: METADATA_URL })
      expect(calls()).toBe(0)
    }
  })

  test('answers 500 where somebody read the body and kept it', async () => {
    const { resource, issuer } = await setUp({ options: { operations: POLICY } })
    const drain: express.RequestHandler = (req, _res, next) => {
      req.on('end', () => next()).resume()
    }
    const { client, calls } = await guarded(drain, bearerAuth(resource))
    const headers = bearer(await issuer.token({ scope: 'delete' }))
    const response = await client.send({ method: 'POST', path: '/mcp', headers, body: CALL })
    expect(response.status).toBe(500)
    expect(response.headers['www-authenticate']).toBeUndefined()
    expect(JSON.parse(response.body.toString())).toMatchObject({ error: 'server_error' })
    expect(calls()).toBe(0)
  })

  test('ends a stream when its token does', async () => {
    const { resource, issuer, clock } = await setUp()
    const closed = Promise.withResolvers<void>()
    const app = express()
    app.get('/mcp', bearerAuth(resource), (_req, res) => {
      res.writeHead(200, { 'Content-Type': 'text/event-stream' })
      res.write('data: first\n\n')
      const timer = setInterval(() => res.write(': still here\n\n'), 5)
      res.on('close', () => {
        clearInterval(timer)
        // Whoever does not notice must not end the process.
        res.write('too late')
        closed.resolve()
      })
    })
    const client = await listen(app)
    const token = await issuer.token({ exp: clock.now() + 0.1 })
    const response = await client.send({ path: '/mcp', headers: bearer(token) })
    expect(response.body.toString()).toMatch(/^data: first\n\n(: still here\n\n)*$/)
    await closed.promise
  })

  test('turns an AuthError thrown further on into its response', async () => {
    const { resource, issuer } = await setUp()
    const failure = new Error('something else')
    const errors: unknown[] = []
    const app = express()
    app.use(bearerAuth(resource, { scopes: ['read'] }))
    app.get('/mcp', (req) => requireScopes(authOf(req), ['write']))
    app.get('/fails', () => {
      throw failure
    })
    app.use(authErrors(resource, { scopes: ['read'] }))
    app.use(((error, _req, res, _next) => {
      errors.push(error)
      res.status(418).end()
    }) satisfies express.ErrorRequestHandler)
    const client = await listen(app)
    const headers = bearer(await issuer.token())
    const response = await client.send({ path: '/mcp', headers })
    await expectRefusal(asResponse(response), {
      status: 403,
      error: 'insufficient_scope',
      scope: 'read write',
      resourceMetadata: METADATA_URL,
    })
    expect((await client.send({ path: '/fails', headers })).status).toBe(418)
    expect(errors).toEqual([failure])
  })

  test('sees the whole path where it is mounted at one', async () => {
    const { resource, issuer } = await setUp()
    const urls: string[] = []
    const router = express.Router()
    router.use(
      '/inner',
      protect(resource, (request) => {
        urls.push(request.url)
        return new Response('handled')
      }),
    )
    const app = express().use('/mcp', router)
    const client = await listen(app)
    await client.send({ path: '/mcp/inner/most?x=1', headers: bearer(await issuer.token()) })
    expect(urls).toEqual([`${RESOURCE}/inner/most?x=1`])
  })
})

describe('metadata() in Express', () => {
  test('serves several resources, and passes on what is not metadata', async () => {
    const { resource } = await setUp()
    const other = protectedResource({
      resource: 'https://rs.example/other',
      authorizationServers: ['https://as.example'],
    })
    const app = express()
    app.use(metadata([resource, other]))
    app.use((_req, res) => void res.status(418).end())
    const client = await listen(app)
    const ask = async (path: string) => {
      const { status, body } = await client.send({ path })
      return [status, status === 200 ? JSON.parse(body.toString()) : undefined]
    }
    expect(await ask(METADATA_PATH)).toEqual([200, resource.metadata])
    expect(await ask(METADATA_PATH.replace('/mcp', '/other'))).toEqual([200, other.metadata])
    expect(await ask(METADATA_PATH.replace('/mcp', '/unknown'))).toEqual([404, undefined])
    expect(await ask(`/mcp${METADATA_PATH}`)).toEqual([404, undefined])
    expect(await ask('/mcp')).toEqual([418, undefined])
    expect(await ask('/.well-known/something-else')).toEqual([418, undefined])
  })
})

describe('bearerAuth() in Fastify', () => {
  test('guards as an onRequest hook', async () => {
    const { resource, issuer } = await setUp()
    const { app, calls } = fastifyApp(bearerAuth(resource), metadata(resource))
    const token = await issuer.token()
    const posted = { method: 'POST', url: '/mcp', payload: { a: 1 } } as const
    const passed = await app.inject({ ...posted, headers: bearer(token) })
    expect(passed.json()).toEqual({ subject: 'user-1', body: { a: 1 } })
    expect(passed.headers).toMatchObject({ 'cache-control': 'private', vary: 'Origin' })
    const document = await app.inject({ url: METADATA_PATH })
    expect(document.json()).toEqual(resource.metadata)
    expect(calls()).toBe(1)

    const refused = await app.inject(posted)
    const headers = refused.headers as Record<string, string>
    await expectRefusal(new Response(refused.body, { status: refused.statusCode, headers }), {
      status: 401,
      resourceMetadata: METADATA_URL,
    })
    expect(calls()).toBe(1)
    await app.close()
  })

  test('leaves the body to a parser that takes what a policy has read', async () => {
    const { resource, issuer } = await setUp({ options: { operations: POLICY } })
    const { app } = fastifyApp(bearerAuth(resource))
    app.removeContentTypeParser('application/json')
    app.addContentTypeParser('application/json', (request, _payload, done) => {
      done(null, (request.raw as { body?: unknown }).body)
    })
    const response = await app.inject({
      method: 'POST',
      url: '/mcp',
      payload: JSON.parse(CALL),
      headers: bearer(await issuer.token({ scope: 'delete' })),
    })
    expect(response.json()).toEqual({ subject: 'user-1', body: JSON.parse(CALL) })
    await app.close()
  })
})

describe('authOf()', () => {
  test('throws where no guard let the request through', async () => {
    const errors: unknown[] = []
    const client = await listen((req, res) => {
      try {
        authOf(req)
      } catch (error) {
        errors.push(error)
      }
      res.end()
    })
    await client.send({ path: '/mcp' })
    expect(errors).toEqual([new TypeError('No bearerAuth() has let this request through.')])
  })
})

const POLICY = { 'tools/call delete_note': ['delete'] }

type Guard = (req: express.Request, res: express.Response, next: express.NextFunction) => void

/** An Express application in which a request that passes the guards is counted. */
async function guarded(...guards: Guard[]): Promise<{ client: Client; calls: () => number }> {
  let calls = 0
  const app = express()
  app.use(...guards, ((_req, res) => {
    calls += 1
    res.end('handled')
  }) satisfies express.RequestHandler)
  return { client: await listen(app), calls: () => calls }
}

function fastifyApp(...guards: ReturnType<typeof bearerAuth>[]) {
  let calls = 0
  const app = fastify()
  for (const guard of guards.reverse()) {
    app.addHook('onRequest', (request, reply, done) => guard(request.raw, reply.raw, done))
  }
  app.post('/mcp', async (request) => {
    calls += 1
    return { subject: authOf(request.raw).subject, body: request.body }
  })
  return { app, calls: () => calls }
}

function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` }
}

function asResponse({ status, headers, body }: Received): Response {
  return new Response(new Uint8Array(body), { status, headers })
}

async function listen(listener: RequestListener): Promise<Client> {
  const server = await open(listener)
  return createClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}

function open(listener: RequestListener): Promise<Server> {
  return start(createServer(listener))
}

async function start<Kind extends Server | https.Server>(server: Kind): Promise<Kind> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
