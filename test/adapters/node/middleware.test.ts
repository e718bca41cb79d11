import express from 'express'
import fastify from 'fastify'
import { describe, expect, test } from 'vitest'
import { authErrors, authOf, bearerAuth, metadata, protect } from '../../../adapters/node/index.ts'
import {
  type AnonymousContext,
  type AuthContext,
  protectedResource,
  requireScopes,
} from '../../../src/index.ts'
import type { Client } from '../../support/http-client.ts'
import { METADATA_URL, RESOURCE } from '../../support/issuer.ts'
import { asResponse, bearer, listen } from '../../support/node-server.ts'
import { expectRejection } from '../../support/rejection.ts'
import { setUp } from '../../support/setup-resource.ts'

const METADATA_PATH = new URL(METADATA_URL).pathname
const CALL = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'delete_note', arguments: { of: 'ümlaut' } },
})
const CREDENTIALED = { 'Access-Control-Allow-Credentials': 'true', 'X-One': '1' }
const LISTED = Object.entries(CREDENTIALED).flat()
const POLICY = { 'tools/call delete_note': ['delete'] }

describe('bearerAuth() in Express', () => {
  test('stores the context in req.auth', async () => {
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

  test('sends the challenge, and runs no later handler', async () => {
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
      await expectRejection(asResponse(response), { ...expected, resourceMetadata: METADATA_URL })
    }
    expect(calls()).toBe(0)
  })

  test('responds to preflights', async () => {
    const { resource } = await setUp()
    const { client, calls } = await guarded(bearerAuth(resource))
    const headers = { origin: 'https://rs.example', 'access-control-request-method': 'POST' }
    const response = await client.send({ method: 'OPTIONS', path: '/mcp', headers })
    expect(response.status).toBe(204)
    expect(response.headers['access-control-allow-origin']).toBe('https://rs.example')
    expect(calls()).toBe(0)
  })

  test('passes anonymous requests on with optional: true', async () => {
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

  test('completes a response however it is written, and keeps its own headers', async () => {
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

  test.each([204, 205, 304, 600, 999])(
    'completes a response to a GET with the status %i, which a Response with a body cannot have',
    async (status) => {
      const { resource, issuer } = await setUp()
      const app = express()
      app.use(bearerAuth(resource), (_req, res) => {
        res.writeHead(status, { ETag: '"1"' }).end()
      })
      const client = await listen(app)
      const headers = { ...bearer(await issuer.token()), origin: 'https://rs.example' }
      const response = await client.send({ path: '/mcp', headers })
      expect(response.status).toBe(status)
      expect(response.headers).toMatchObject({
        etag: '"1"',
        vary: 'Origin',
        'cache-control': 'private',
        'access-control-allow-origin': 'https://rs.example',
      })
    },
  )

  test.each([
    ['set', (res: express.Response) => res.set(CREDENTIALED).end()],
    ['in an object', (res: express.Response) => res.writeHead(200, CREDENTIALED).end()],
    ['in a list', (res: express.Response) => res.writeHead(200, LISTED).end()],
  ])(
    'COR-08: removes Access-Control-Allow-Credentials beside * where it was %s',
    async (_, write) => {
      for (const endStreamsAtExpiry of ['all', false] as const) {
        const { resource, issuer } = await setUp({ options: { origins: '*', endStreamsAtExpiry } })
        const app = express()
        app.use(bearerAuth(resource), (_req, res) => void write(res))
        const client = await listen(app)
        const headers = { ...bearer(await issuer.token()), origin: 'https://app.example' }
        const response = await client.send({ path: '/mcp', headers })
        expect(response.headers).toMatchObject({ 'access-control-allow-origin': '*', 'x-one': '1' })
        expect(response.headers['access-control-allow-credentials']).toBeUndefined()
      }
    },
  )

  test('responds to a conditional GET with 304', async () => {
    const { resource, issuer } = await setUp()
    const app = express()
    app.use(bearerAuth(resource), (_req, res) => void res.json({ notes: [] }))
    const client = await listen(app)
    const headers = bearer(await issuer.token())
    const { etag } = (await client.send({ path: '/mcp', headers })).headers
    const conditional = { ...headers, 'if-none-match': String(etag) }
    const response = await client.send({ path: '/mcp', headers: conditional })
    expect([response.status, response.headers['cache-control']]).toEqual([304, 'private'])
  })

  test.each([
    ['its length', (body: string) => ({ 'content-length': String(Buffer.byteLength(body)) })],
    ['chunks', () => ({ 'transfer-encoding': 'chunked' })],
  ])('rejects a GET with a body in %s, which a policy cannot see', async (_, framing) => {
    const { resource, issuer } = await setUp({ options: { operations: POLICY } })
    // Like `method-override`: a GET with a body becomes a POST behind the guard.
    const override: Guard = (req, _res, next) => {
      req.method = String(req.headers['x-http-method-override'] ?? req.method)
      next()
    }
    const { client, calls } = await guarded(bearerAuth(resource), override, express.json())
    const headers = {
      ...bearer(await issuer.token()),
      'content-type': 'application/json',
      'x-http-method-override': 'POST',
    }
    const sent = { method: 'GET', path: '/mcp', body: CALL }
    const response = await client.send({ ...sent, headers: { ...headers, ...framing(CALL) } })
    expect([response.status, calls()]).toEqual([400, 0])
    const empty = { ...headers, 'content-length': '0' }
    expect((await client.send({ path: '/mcp', headers: empty })).status).toBe(200)
  })

  test('reads the body where a policy needs it, and leaves it parsed in req.body', async () => {
    const { resource, issuer } = await setUp({ options: { operations: POLICY } })
    const bodies: unknown[] = []
    const app = express()
    // A parser after the guard has nothing to read.
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

  test('rejects by the body, with and without a parser before it', async () => {
    const { resource, issuer } = await setUp({ options: { operations: POLICY } })
    const guard = bearerAuth(resource)
    const expected = { status: 403, error: 'insufficient_scope', scope: 'delete' }
    for (const first of [guard, express.json(), express.text({ type: '*/*' }), express.raw()]) {
      const { client, calls } = await guarded(first, guard)
      const headers = { ...bearer(await issuer.token()), 'content-type': 'application/json' }
      const response = await client.send({ method: 'POST', path: '/mcp', headers, body: CALL })
      await expectRejection(asResponse(response), { ...expected, resourceMetadata: METADATA_URL })
      expect(calls()).toBe(0)
    }
  })

  test('responds with 500 if other middleware read the body and kept it', async () => {
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

  test('ends a stream when its token expires', async () => {
    const { resource, issuer, clock } = await setUp()
    const closed = Promise.withResolvers<void>()
    const app = express()
    app.get('/mcp', bearerAuth(resource), (_req, res) => {
      res.writeHead(200, { 'Content-Type': 'text/event-stream' })
      res.write('data: first\n\n')
      const timer = setInterval(() => res.write(': still here\n\n'), 5)
      res.on('close', () => {
        clearInterval(timer)
        // A handler that continues to write must not end the process.
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

  test('turns an AuthError of a later handler into its response', async () => {
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
    await expectRejection(asResponse(response), {
      status: 403,
      error: 'insufficient_scope',
      scope: 'read write',
      resourceMetadata: METADATA_URL,
    })
    expect((await client.send({ path: '/fails', headers })).status).toBe(418)
    expect(errors).toEqual([failure])
  })

  test('sees the full path where it is mounted at a path', async () => {
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

    const rejection = await app.inject(posted)
    const headers = rejection.headers as Record<string, string>
    await expectRejection(new Response(rejection.body, { status: rejection.statusCode, headers }), {
      status: 401,
      resourceMetadata: METADATA_URL,
    })
    expect(calls()).toBe(1)
    await app.close()
  })

  test('lets a parser take the body that a policy has read', async () => {
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

type Guard = (req: express.Request, res: express.Response, next: express.NextFunction) => void

/** An Express application that counts the requests that pass the guards. */
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
