/** Requests that are copies of the one before on their connection: no field of another request may be among theirs. */

import { Agent, IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { protect } from '../../../adapters/node/index.ts'
import { repetitionOf } from '../../../adapters/node/repeated-request.ts'
import { convertRequest } from '../../../adapters/node/request.ts'
import { bearer, listen } from '../../support/node-server.ts'
import { setUp } from '../../support/setup-resource.ts'

const ORIGIN = 'https://rs.example'

/** A field in one of its spellings, with a short, a long or an empty value. */
const field = fc.tuple(
  fc.constantFrom('Authorization', 'authorization', 'Cookie', 'X-Own', 'x-own', 'Mcp-Name'),
  fc.constantFrom('a', 'b', '', 'x'.repeat(129), `${'x'.repeat(128)}y`),
)

interface Sent {
  readonly method: string
  readonly path: string
  readonly fields: readonly (readonly [string, string])[]
}

const sent: fc.Arbitrary<Sent> = fc.record({
  method: fc.constantFrom('GET', 'POST'),
  path: fc.constantFrom('/mcp', '/mcp?a=1'),
  fields: fc.array(field, { maxLength: 4 }),
})

describe('a request on a connection', () => {
  it('has its own fields, whatever was sent before it', () => {
    fc.assert(
      fc.property(fc.array(sent, { minLength: 1, maxLength: 3 }), (requests) => {
        const socket = new Socket()
        for (const each of [...requests, ...requests, ...requests.toReversed()]) {
          expect(partsOf(received(each, socket))).toEqual(partsOf(constructed(each)))
        }
      }),
    )
  })

  it('is not changed by what an application did to the one before', () => {
    const socket = new Socket()
    const each: Sent = { method: 'POST', path: '/mcp', fields: [['X-Own', 'a']] }
    for (let count = 0; count < 4; count++) {
      const req = messageOf(each, socket)
      const request = requestOf(req)
      expect(request.headers.get('x-own')).toBe('a')
      request.headers.set('X-Own', 'changed')
      request.headers.append('X-More', 'more')
      req.rawHeaders.splice(1, 1, 'changed')
    }
  })

  it.each<[string, (count: number) => [string, string][]]>([
    ['equal fields', () => [['A', '1']]],
    ['another short value', (count) => [['A', `${count}`]]],
    ['four other values', (count) => [...'ABCD'].map((name) => [name, `${count}`])],
  ])('is a copy from the third one on, with %s', (_what, fieldsOf) => {
    expect(templatesOf(fieldsOf)).toEqual([undefined, expect.any(Request), expect.any(Request)])
  })

  it.each<[string, (count: number) => [string, string][]]>([
    ['another long value', (count) => [['A', 'x'.repeat(129) + count]]],
    ['five other values', (count) => [...'ABCDE'].map((name) => [name, `${count}`])],
    ['another name', (count) => [[`A${count}`, '1']]],
    ['the same name in another spelling', (count) => [[count % 2 ? 'a' : 'A', '1']]],
    ['one more field', (count) => Array(count + 1).fill(['A', '1'])],
    [
      'another value of a repeated field',
      (count) => [
        ['A', `${count}`],
        ['a', '1'],
      ],
    ],
  ])('is not a copy with %s', (_what, fieldsOf) => {
    expect(templatesOf(fieldsOf)).toEqual([undefined, undefined, undefined])
  })

  it('has its own fields where the message has only parsed ones', () => {
    const socket = new Socket()
    for (const user of ['alice', 'bob', 'carol', 'dave']) {
      const req = messageOf({ method: 'POST', path: '/mcp', fields: [] }, socket)
      Object.assign(req, { url: '/mcp', headers: { authorization: user, cookie: user } })
      expect([...requestOf(req).headers]).toEqual([
        ['authorization', user],
        ['cookie', user],
      ])
    }
  })

  it('is not a copy over HTTP/2, where all streams share what stands for the socket', () => {
    const socket = new Socket()
    for (let count = 0; count < 3; count++) {
      const req = messageOf({ method: 'POST', path: '/mcp', fields: [['A', '1']] }, socket)
      Object.assign(req, { httpVersionMajor: 2 })
      expect(repetitionOf(req, `${ORIGIN}/mcp`, () => new Request(ORIGIN))).toBeUndefined()
    }
  })
})

it('gives the handler the fields of each user, on a connection that users share', async () => {
  const { resource, issuer } = await setUp()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  const sockets = new Set<unknown>()
  const listener = protect(resource, async (request, auth, req) => {
    sockets.add(req.socket)
    const copy = new Request(request)
    return Response.json([auth.token, copy.headers.get('authorization'), await copy.text()])
  })
  const client = await listen(listener, agent)
  const tokens = [await issuer.token({ sub: 'alice' }), await issuer.token({ sub: 'bob' })]
  for (const [count, user] of [0, 0, 0, 1, 0, 1, 1, 1, 0].entries()) {
    const token = tokens[user] ?? ''
    const body = 'x'.repeat(count)
    const headers = { ...bearer(token), 'content-length': `${count}` }
    const response = await client.send({ method: 'POST', path: '/mcp', headers, body })
    expect(JSON.parse(response.body.toString())).toEqual([token, `Bearer ${token}`, body])
  }
  expect(sockets.size).toBe(1)
})

function messageOf({ method, fields }: Sent, socket: Socket): IncomingMessage {
  const req = new IncomingMessage(socket)
  Object.assign(req, { method, httpVersionMajor: 1, rawHeaders: fields.flat() })
  return req
}

function received(each: Sent, socket: Socket): Request {
  return requestOf(Object.assign(messageOf(each, socket), { url: each.path }))
}

function requestOf(req: IncomingMessage): Request {
  req.url ||= '/mcp'
  return convertRequest(req, new ServerResponse(req), ORIGIN) as Request
}

function constructed({ method, path, fields }: Sent): Request {
  const request = new Request(`${ORIGIN}${path}`, { method })
  for (const [name, value] of fields) request.headers.append(name, value)
  return request
}

/** Of the request, and of the copies that applications make. */
function partsOf(request: Request): unknown {
  return [request, request.clone(), new Request(request)].map(({ method, url, headers }) => [
    method,
    url,
    [...headers],
  ])
}

/** The templates of three requests on one connection. */
function templatesOf(
  fieldsOf: (count: number) => [string, string][],
): readonly (Request | undefined)[] {
  const socket = new Socket()
  return [0, 1, 2].map((count) => {
    const req = messageOf({ method: 'POST', path: '/mcp', fields: fieldsOf(count) }, socket)
    return repetitionOf(req, `${ORIGIN}/mcp`, () => new Request(ORIGIN))?.template
  })
}
