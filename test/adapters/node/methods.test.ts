/** Methods that no `Request` can have. HTTP/2 and middleware pass them on, and Express accepts any spelling. */

import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest'
import { authErrors, authOf, bearerAuth, metadata, protect } from '../../../adapters/node/index.ts'
import { requireScopes } from '../../../src/index.ts'
import { METADATA_URL } from '../../support/issuer.ts'
import { type MockResponse, mockRequest, mockResponse } from '../../support/node-mocks.ts'
import { bearer, listen } from '../../support/node-server.ts'
import { setUp } from '../../support/setup-resource.ts'

const FORBIDDEN = ['TRACE', 'TRACK', 'trace', 'Track', 'connect']
const RESPELT = ['get', 'Get', 'head', 'post', 'delete', 'options', 'put', 'patch', 'Patch']
const NO_TOKENS = ['', 'GET ', 'a b', 'GÉT', '{}']
const USABLE = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'M-SEARCH', 'purge']

let print: MockInstance

beforeEach(() => {
  print = vi.spyOn(console, 'error').mockImplementation(() => {})
})

afterEach(() => {
  expect(print).not.toHaveBeenCalled()
})

describe.each([...FORBIDDEN, ...RESPELT, ...NO_TOKENS])('the method "%s"', (method) => {
  it('gets a 501 from every guard, also with a valid token', async () => {
    const { resource, issuer } = await setUp({ options: { operations: { '*': ['call'] } } })
    const headers = bearer(await issuer.token({ scope: 'call' }))
    const ran = vi.fn()
    const error = caught(() => requireScopes({ scopes: [] }, ['call']))
    const path = new URL(METADATA_URL).pathname
    const cases: [string, (req: IncomingMessage, res: MockResponse) => unknown][] = [
      ['/mcp', (req, res) => protect(resource, ran)(req, res, ran)],
      ['/mcp', (req, res) => bearerAuth(resource)(req, res, ran)],
      ['/mcp', (req, res) => bearerAuth(resource, { optional: true })(req, res, ran)],
      ['/mcp', (req, res) => authErrors(resource)(error, req, res, ran)],
      [path, (req, res) => metadata(resource)(req, res, ran)],
    ]
    for (const [url, run] of cases) {
      const res = mockResponse()
      await run(mockRequest({ method, url, headers }), res)
      await vi.waitFor(() => expect(res._isEndCalled()).toBe(true))
      expect([res.statusCode, res.hasHeader('WWW-Authenticate')]).toEqual([501, false])
    }
    expect(ran).not.toHaveBeenCalled()
  })
})

describe('methods over HTTP/2', () => {
  it('are methods of a Request, or get a 501', async () => {
    const { resource, issuer } = await setUp()
    const { authorization } = bearer(await issuer.token())
    const ran: string[] = []
    const guard = bearerAuth(resource)
    const listener = protect(resource, ({ method }) => {
      ran.push(method)
      return new Response(null)
    })
    const server = http2.createServer(((req: never, res: never) =>
      guard(req, res, () => void listener(req, res))) as never)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const ask = async (method: string): Promise<unknown> => {
      const fields = { ':method': method, ':path': '/mcp', authorization }
      const stream = session.request(fields, { endStream: true })
      const [headers] = await once(stream, 'response')
      stream.resume()
      return headers[':status']
    }
    try {
      for (const method of ['TRACK', 'TRACE', 'get', 'head', 'patch']) {
        expect([method, await ask(method)]).toEqual([method, 501])
      }
      expect(ran).toEqual([])
      for (const method of USABLE) expect([method, await ask(method)]).toEqual([method, 200])
      expect(ran).toEqual(USABLE)
    } finally {
      session.close()
      server.close()
    }
  })
})

describe('a method that middleware sets', () => {
  it('opens no route of Express for which another method was decided', async () => {
    const { resource, issuer } = await setUp({ options: { operations: { '*': ['call'] } } })
    const ran = vi.fn()
    const app = express()
    app.use((req, _res, next) => {
      req.method = String(req.headers['x-method'])
      next()
    })
    app.use(bearerAuth(resource))
    app.all('/mcp', (req, res) => {
      ran(authOf(req).operations)
      res.end()
    })
    const client = await listen(app)
    for (const method of ['get', 'delete', 'TRACK']) {
      const headers = { ...bearer(await issuer.token()), 'x-method': method }
      const sent = { method: 'POST', path: '/mcp', headers, body: '{"method":"tools/call"}' }
      expect([method, (await client.send(sent)).status]).toEqual([method, 501])
    }
    expect(ran).not.toHaveBeenCalled()
  })
})

function caught(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}
