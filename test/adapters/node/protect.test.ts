/** `protect()` for Node: the request of the handler, errors, and what is rejected. */

import { once } from 'node:events'
import type {
  IncomingMessage,
  OutgoingHttpHeaders,
  RequestListener,
  ServerResponse,
} from 'node:http'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { bearerAuth, protect } from '../../../adapters/node/index.ts'
import { type AnonymousContext, type AuthContext, ConfigError } from '../../../src/index.ts'
import { METADATA_URL, RESOURCE } from '../../support/issuer.ts'
import { asResponse, bearer, listen } from '../../support/node-server.ts'
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
    expect(() => bearerAuth(resource, asked)).toThrow(ConfigError)
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
