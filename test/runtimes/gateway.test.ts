/** The gateway on every runtime: the build, a real server behind it, and the bytes between them. */

import { once } from 'node:events'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { describe, expect } from 'vitest'
import { QUESTION, RESOURCE, TOKEN } from './gateway-app.ts'
import { GATEWAYS, type Headers, readAll, responseOf, useGateway } from './gateway-scene.ts'

const EVENTS = { 'Content-Type': 'text/event-stream' }
const CHALLENGE = [
  'Bearer error="invalid_token"',
  'error_description="The access token is expired, revoked, malformed or not meant for this resource."',
  'scope="read"',
  'resource_metadata="https://rs.example/.well-known/oauth-protected-resource/mcp"',
].join(', ')

describe.each(GATEWAYS)('on %s, forward()', (name, begin) => {
  const { it, unlessOnWorkerd, send, exchange, scene } = useGateway(name, begin)

  it.each(['GET', 'POST'])(
    'passes on each event at once, and ends with the client (%s)',
    async (method) => {
      const { res, req, gone, response } = await exchange(
        method,
        '/mcp',
        {},
        method === 'POST' ? '{}' : undefined,
      )
      req.resume()
      res.writeHead(200, EVENTS).flushHeaders()
      res.write('data: 0\n\n')
      const events = await response
      expect(events.headers['content-type']).toBe('text/event-stream')
      expect(events.headers['content-encoding']).toBeUndefined()
      for (let count = 0; count < 20; count++) {
        // The next event is sent only after this one has arrived.
        const [chunk] = (await once(events, 'data')) as [Buffer]
        expect(chunk.toString()).toBe(`data: ${count}\n\n`)
        res.write(`data: ${count + 1}\n\n`)
      }
      events.destroy()
      await keepWriting(res, gone)
    },
  )

  it('passes on 10,000 events in order', async () => {
    const { res, response } = await exchange('GET')
    res.writeHead(200, EVENTS)
    const events = Array.from({ length: 10_000 }, (_, count) => `id: ${count}\ndata: x\n\n`)
    for (const event of events) if (!res.write(event)) await once(res, 'drain')
    res.end()
    expect((await readAll(await response)).toString()).toBe(events.join(''))
  })

  // workerd notices only while it sends a response, with and without `enable_request_signal`.
  unlessOnWorkerd('ends the call where the client leaves before the response', async () => {
    const arriving = scene().upstream.next()
    const sending = send('POST')
    sending.end('{}')
    const { req, gone } = await arriving
    req.resume()
    sending.destroy()
    await gone
  })

  it('streams the body of a request before its end', async () => {
    const arriving = scene().upstream.next()
    const sending = send('POST')
    const response = responseOf(sending)
    sending.write('first')
    const { req, res } = await arriving
    const [chunk] = (await once(req, 'data')) as [Buffer]
    expect(chunk.toString()).toBe('first')
    req.pause()
    sending.end(' second')
    expect((await readAll(req)).toString()).toBe(' second')
    res.end('ok')
    expect((await readAll(await response)).toString()).toBe('ok')
  })

  it('passes on a large body unchanged in both directions', async () => {
    const body = Buffer.alloc(20_000_000, 'abcdefg')
    const length = { 'Content-Length': `${body.length}` }
    for (const headers of [length, { 'Transfer-Encoding': 'chunked' }] as Headers[]) {
      const { req, res, response } = await exchange('PUT', '/mcp', headers, body)
      req.pipe(res)
      expect((await readAll(await response)).equals(body)).toBe(true)
    }
  })

  it('sends HEAD as HEAD, and passes on its fields without a body', async () => {
    const { req, res, response } = await exchange('HEAD')
    expect(req.method).toBe('HEAD')
    res.writeHead(200, { 'Content-Type': 'text/plain', 'X-Own': 'yes' }).end()
    const { statusCode, headers } = await response
    expect({ statusCode, own: headers['x-own'] }).toEqual({ statusCode: 200, own: 'yes' })
    expect(await readAll(await response)).toEqual(Buffer.alloc(0))
  })

  it('sends DELETE with the session, the query and the path below', async () => {
    const path = '/mcp/below?a=1&b=%2F'
    const { req, res, response } = await exchange('DELETE', path, { 'Mcp-Session-Id': 's-1' })
    expect([req.method, req.url, req.headers['mcp-session-id']]).toEqual([
      'DELETE',
      '/up/below?a=1&b=%2F',
      's-1',
    ])
    expect(await readAll(req)).toEqual(Buffer.alloc(0))
    res.writeHead(204).end()
    expect((await response).statusCode).toBe(204)
  })

  it('passes on statuses, and removes what belongs to the hop', async () => {
    const { res, response } = await exchange('POST', '/mcp', {}, '{}')
    res.writeHead(409, {
      'Set-Cookie': 'upstream=1',
      'Access-Control-Allow-Origin': '*',
      'WWW-Authenticate': 'Basic',
      'Mcp-Session-Id': 's-1',
      Location: `${scene().upstream.origin}/up/next`,
    })
    res.end('conflict')
    const { statusCode, headers } = await response
    expect(statusCode).toBe(409)
    expect(headers).toMatchObject({ location: `${RESOURCE}/next`, 'mcp-session-id': 's-1' })
    for (const absent of ['set-cookie', 'access-control-allow-origin', 'www-authenticate']) {
      expect(headers).not.toHaveProperty(absent)
    }
    expect((await readAll(await response)).toString()).toBe('conflict')
  })

  it('keeps every credential, and every forged field, from the upstream', async () => {
    scene().upstream.takeBytes()
    const secrets = { Cookie: 'secret-1', DPoP: 'secret-2', 'Client-Cert': 'secret-3' }
    const forged = { 'X-Identity': 'secret-4', X_User: 'secret-5', 'x-user': 'secret-6' }
    const forwarded = { Forwarded: 'for=secret-7', 'X-Forwarded-For': 'secret-8' }
    const copied = { 'X-Copy': `again ${TOKEN}` }
    const sent = { ...secrets, ...forged, ...forwarded, ...copied, 'X-Kept': 'kept' }
    const { req, res, response } = await exchange('POST', '/mcp', sent, '{"jsonrpc":"2.0"}')
    expect((await readAll(req)).toString()).toBe('{"jsonrpc":"2.0"}')
    res.end('ok')
    expect((await response).statusCode).toBe(200)
    await readAll(await response)
    const bytes = scene().upstream.takeBytes()
    expect(bytes).toMatch(/^x-kept: kept\r$/im)
    expect(bytes).toMatch(/^x-user: user-1\r$/im)
    expect(bytes).toMatch(/^forwarded: host="rs\.example";proto=https\r$/im)
    expect(bytes.match(/secret-\d|the-access-token[\w-]*/gi)).toBeNull()
    expect(bytes).not.toMatch(/^(authorization|cookie|dpop|client-cert):/im)
    const jwks = createLocalJWKSet({ keys: [scene().published] })
    const { payload } = await jwtVerify(`${req.headers['x-identity']}`, jwks, {
      issuer: RESOURCE,
      audience: scene().upstream.origin,
    })
    const { sub, client_id, scope } = payload
    expect({ sub, client_id, scope }).toEqual({
      sub: 'user-1',
      client_id: 'client-1',
      scope: 'read',
    })
  })

  it('answers 401 with a challenge and calls no upstream for another token', async () => {
    scene().upstream.takeBytes()
    const sending = send('POST', '/mcp', { Authorization: 'Bearer another' })
    const response = responseOf(sending)
    sending.end('{}')
    const { statusCode, headers } = await response
    expect([statusCode, headers['www-authenticate']]).toEqual([401, CHALLENGE])
    expect(scene().upstream.takeBytes()).toBe('')
  })

  it.each([
    ['a good token', { 'X-Original-Method': 'POST', 'X-Original-URI': '/mcp?a=1' }, 200, 'user-1'],
    ['another path', { 'X-Original-Method': 'POST', 'X-Original-URI': '/other' }, 404, undefined],
    ['no forwarded URI', { 'X-Original-Method': 'POST' }, 500, undefined],
    [
      'another token',
      { 'X-Original-Method': 'GET', 'X-Original-URI': '/mcp', Authorization: 'Bearer other' },
      401,
      undefined,
    ],
  ] as [string, Headers, number, string | undefined][])(
    'forwardAuth() decides for nginx: %s',
    async (_title, headers, status, user) => {
      const sending = send('GET', QUESTION, headers)
      const response = responseOf(sending)
      sending.end()
      const answer = await response
      expect([answer.statusCode, answer.headers['x-user']]).toEqual([status, user])
      const challenge = status === 401 ? CHALLENGE : undefined
      expect(answer.headers['www-authenticate']).toBe(challenge)
    },
  )
})

/** Some runtimes notice at the next write that the client has gone. */
async function keepWriting(res: { write(text: string): unknown }, gone: Promise<void>) {
  const timer = setInterval(() => res.write(': still here\n\n'), 20)
  await gone
  clearInterval(timer)
}
