/** Requests that test tools, a serverless host and frameworks construct, without a socket. */

import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { authErrors, authOf, bearerAuth, metadata, protect } from '../../../adapters/node/index.ts'
import { send } from '../../../adapters/node/send.ts'
import { type ProtectedResource, requireScopes } from '../../../src/index.ts'
import { METADATA_URL } from '../../support/issuer.ts'
import { fromMock, mockRequest, mockResponse } from '../../support/node-mocks.ts'
import { bearer, upper } from '../../support/node-server.ts'
import { expectRejection } from '../../support/rejection.ts'
import { setUp } from '../../support/setup-resource.ts'
import { unchecked } from '../../support/unchecked.ts'

const METADATA_PATH = new URL(METADATA_URL).pathname
const CALL = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'delete_note', arguments: { of: 'ümlaut' } },
})
const POLICY = { 'tools/call delete_note': ['delete'] }

describe('node-mocks-http', () => {
  it('passes bearerAuth() with a valid token', async () => {
    const { resource, issuer } = await setUp()
    const req = mockRequest({ url: '/mcp', headers: upper(bearer(await issuer.token())) })
    expect(await runGuard(resource, req, mockResponse())).toBe('next')
    expect(authOf(req).subject).toBe('user-1')
  })

  it('is rejected without a valid token', async () => {
    const { resource } = await setUp()
    for (const listener of [bearerAuth(resource), protect(resource, unreachable)]) {
      const res = mockResponse()
      await listener(mockRequest({ url: '/mcp' }), res, unreachable)
      await until(() => res._isEndCalled())
      await expectRejection(fromMock(res), { status: 401, resourceMetadata: METADATA_URL })
    }
  })

  it('is decided by its parsed body', async () => {
    const { resource, issuer } = await setUp({ options: { operations: POLICY } })
    for (const [scope, status] of [
      ['read', 403],
      ['delete', 200],
    ] as const) {
      const headers = bearer(await issuer.token({ scope }))
      const body = JSON.parse(CALL)
      const req = mockRequest({ method: 'POST', url: '/mcp', headers, body })
      const res = mockResponse()
      const echo = protect(resource, async (request) => new Response(await request.text()))
      await echo(req, res)
      expect([res.statusCode, res._isEndCalled()]).toEqual([status, true])
      if (status === 200) expect(JSON.parse(res._getData())).toEqual(body)
    }
  })

  it('gets the challenge of authErrors(), and metadata', async () => {
    const { resource } = await setUp()
    const res = mockResponse()
    const req = mockRequest({ url: '/mcp' })
    try {
      requireScopes({ scopes: [] }, ['write'])
    } catch (error) {
      authErrors(resource)(error, req, res, unreachable)
    }
    await until(() => res._isEndCalled())
    await expectRejection(fromMock(res), {
      status: 403,
      error: 'insufficient_scope',
      scope: 'write',
      resourceMetadata: METADATA_URL,
    })
    const document = mockResponse()
    metadata(resource)(mockRequest({ url: METADATA_PATH }), document, unreachable)
    await until(() => document._isEndCalled())
    expect(JSON.parse(document._getData())).toEqual(resource.metadata)
  })
})

describe('a constructed request', () => {
  it.each<[string, (authorization: string) => object]>([
    ['headers', (authorization) => ({ headers: { authorization } })],
    ['headers in any spelling', (Authorization) => ({ headers: { Authorization } })],
    ['headers of the Web', (authorization) => ({ headers: new Headers({ authorization }) })],
    ['empty raw headers', (authorization) => ({ headers: { authorization }, rawHeaders: [] })],
    ['raw headers alone', (authorization) => ({ rawHeaders: ['authorization', authorization] })],
    [
      'raw headers that contradict',
      (authorization) => ({
        rawHeaders: ['Authorization', authorization],
        headers: { authorization: 'Bearer other' },
      }),
    ],
    ['lists', (authorization) => ({ headersDistinct: { authorization: [authorization] } })],
    [
      'lists that say more than headers',
      (authorization) => ({
        headersDistinct: { authorization: [authorization] },
        headers: { authorization: 'Bearer last', host: 'rs.example', age: 1, via: null },
      }),
    ],
    [
      'lists that say less than headers',
      (authorization) => ({
        headersDistinct: { host: ['rs.example'] },
        headers: { authorization, host: 'rs.example' },
      }),
    ],
  ])('may have %s', async (_, fieldsWith) => {
    const { resource, issuer } = await setUp()
    const { authorization } = bearer(await issuer.token())
    const req = madeUp(fieldsWith(authorization))
    expect(await runGuard(resource, req, createFakeResponse())).toBe('next')
    expect(authOf(req).subject).toBe('user-1')
    const res = createFakeResponse()
    await protect(resource, (_request, { subject }) => new Response(subject))(req, res)
    expect([res.statusCode, res.sent.join('')]).toEqual([200, 'user-1'])
  })

  it.each<[string, (authorization: string) => object]>([
    ['a list', (authorization) => ({ headers: { authorization: [authorization, authorization] } })],
    [
      'lists',
      (authorization) => ({
        headersDistinct: { authorization: [authorization, authorization] },
        headers: { authorization },
      }),
    ],
    [
      'two spellings',
      (authorization) => ({
        headers: { authorization, Authorization: authorization },
      }),
    ],
    [
      'raw headers',
      (authorization) => ({
        rawHeaders: ['Authorization', authorization, 'authorization', authorization],
        headers: { authorization },
      }),
    ],
  ])('is rejected with two credentials in %s', async (_, fieldsWith) => {
    const { resource, issuer } = await setUp()
    const { authorization } = bearer(await issuer.token())
    for (const guard of [bearerAuth(resource), protect(resource, unreachable)]) {
      const res = createFakeResponse()
      await guard(madeUp(fieldsWith(authorization)), res, unreachable)
      await until(() => res.writableEnded)
      await expectRejection(res.seen(), {
        status: 400,
        error: 'invalid_request',
        resourceMetadata: METADATA_URL,
      })
    }
  })

  it('with content on GET is rejected', async () => {
    const { resource, issuer } = await setUp()
    const headers = bearer(await issuer.token())
    for (const framing of [{ 'Content-Length': 5 }, { 'Transfer-Encoding': 'chunked' }]) {
      const res = createFakeResponse()
      await protect(resource, unreachable)(madeUp({ headers: { ...headers, ...framing } }), res)
      expect(res.statusCode).toBe(400)
    }
  })

  it('without its announced body counts as read', async () => {
    const { resource, issuer } = await setUp({ options: { operations: POLICY } })
    const headers = { ...bearer(await issuer.token()), 'content-length': '5' }
    const res = createFakeResponse()
    await protect(resource, unreachable)(madeUp({ method: 'POST', headers }), res)
    expect([res.statusCode, res.seen().headers.has('WWW-Authenticate')]).toEqual([500, false])
  })
})

describe('inject() of Fastify', () => {
  it('may send a field twice', async () => {
    const { resource, issuer } = await setUp()
    const guard = bearerAuth(resource)
    const app = fastify()
    app.addHook('onRequest', (request, reply, done) => guard(request.raw, reply.raw, done))
    app.get('/mcp', ({ raw }) => authOf(raw).subject)
    const { authorization } = bearer(await issuer.token())
    const call = (value: string | string[]) =>
      app.inject({ url: '/mcp', headers: { authorization: value as string } })
    expect((await call(authorization)).body).toBe('user-1')
    const { statusCode, headers } = await call([authorization, authorization])
    expect([statusCode, headers['www-authenticate']]).toEqual([
      400,
      expect.stringMatching(/^Bearer error="invalid_request", /),
    ])
    await app.close()
  })
})

function unreachable(error?: unknown): never {
  throw new Error('This must not run.', { cause: error })
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate)
}

function runGuard(
  resource: ProtectedResource,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<unknown> {
  return new Promise((resolve) => {
    bearerAuth(resource)(req, res, (error) => resolve(error ?? 'next'))
  })
}

/** The least of a request that a test may construct. */
function madeUp(parts: object): IncomingMessage {
  return { method: 'GET', url: '/mcp', ...parts } as IncomingMessage
}

/** The least of a response that can be sent: it emits no events and has no request. */
function createFakeResponse() {
  const headers = new Headers()
  const res = {
    statusCode: 200,
    headersSent: false,
    writableEnded: false,
    sent: [] as string[],
    setHeader: (name: string, value: string) => headers.set(name, value),
    getHeader: (name: string) => headers.get(name) ?? undefined,
    hasHeader: (name: string) => headers.has(name),
    write: (chunk: Uint8Array) => res.sent.push(new TextDecoder().decode(chunk)),
    end(chunk?: Uint8Array) {
      if (chunk !== undefined) res.write(chunk)
      res.writableEnded = true
    },
    seen: () => new Response(res.sent.join(''), { status: res.statusCode, headers }),
  }
  return res as typeof res & ServerResponse
}

it('sends a stream through a response of @vendia/serverless-express, which never drains', async () => {
  const written: string[] = []
  const nothing = (): void => undefined
  const res = new ServerResponse({ method: 'GET' } as IncomingMessage)
  const socket = { on: nothing, cork: nothing, uncork: nothing, removeListener: nothing }
  // Its `write` keeps what it gets and returns undefined, which Node takes for a full buffer.
  const write = (data: Uint8Array | string, encoding: unknown, done?: () => void): void => {
    written.push(Buffer.from(data as Uint8Array).toString())
    if (typeof encoding === 'function') encoding()
    else done?.()
  }
  const fake = { ...socket, write, writable: true, _writableState: {}, destroy: nothing }
  res.assignSocket(unchecked<Socket>(fake))
  const parts = ['one', 'two', 'three']
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await turn()
      await turn()
      const part = parts.shift()
      if (part === undefined) controller.close()
      else controller.enqueue(new TextEncoder().encode(part))
    },
  })
  await send(new Response(body), res, 'GET')
  expect(res.writableEnded).toBe(true)
  const text = written.join('')
  expect(['one', 'two', 'three'].filter((each) => !text.includes(each))).toEqual([])
})
