import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PendingHeaders, RequestView, ResponseView } from '../../../adapters/node/views.ts'

const ORIGIN = 'https://rs.example'
const NAMES = ['Authorization', 'authorization', 'AUTHORIZATION', 'DPoP', 'Origin', 'X-Other']
const fields = fc.array(fc.tuple(fc.constantFrom(...NAMES), fc.stringMatching(/^[!-~]{0,6}$/)))

function messageWith(sent: readonly (readonly [string, string])[]): IncomingMessage {
  const req = new IncomingMessage(new Socket())
  req.method = 'POST'
  req.rawHeaders = sent.flat()
  return req
}

describe('RequestView', () => {
  it('finds the same header fields as a real request, repeated and in any spelling', () => {
    fc.assert(
      fc.property(fields, fc.constantFrom(...NAMES, 'Absent'), (sent, name) => {
        const real = new Headers(sent.map(([field, value]) => [field, value]))
        const { headers } = new RequestView(messageWith(sent), ORIGIN, unmade)
        expect(headers.get(name)).toBe(real.get(name))
        expect(headers.has(name)).toBe(real.has(name))
      }),
    )
  })

  it('has the same URL as a real request', () => {
    for (const path of ['/a/../b', '/%7Euser?q=[1]', '//evil.example/', '/\\x', '/ä']) {
      const { url } = new RequestView(messageWith([]), `${ORIGIN}${path}`, unmade)
      expect(url).toBe(new Request(`${ORIGIN}${path}`).url)
    }
  })

  it('lists its fields as a real request does, without one', () => {
    const sent: [string, string][] = [
      ['Accept', 'a'],
      ['COOKIE', 'a=1'],
      [':path', '/'],
      ['X-Other', 'one'],
      ['cookie', 'b=2'],
      ['x-other', 'two'],
    ]
    const { headers } = new RequestView(messageWith(sent), `${ORIGIN}/mcp`, unmade)
    const real = new Headers(sent.filter(([name]) => name !== ':path'))
    expect([...headers]).toEqual([...real])
  })

  it('constructs a real request once, when another member is read', async () => {
    let made = 0
    const view = new RequestView(messageWith([['X-Other', 'sent']]), `${ORIGIN}/mcp`, () => {
      made += 1
      return new Request(`${ORIGIN}/mcp`, {
        method: 'POST',
        headers: { 'X-Other': 'sent' },
        body: '{"a":1}',
      })
    })
    expect([view.method, view.url, view.headers.get('x-other'), made]).toEqual([
      'POST',
      `${ORIGIN}/mcp`,
      'sent',
      0,
    ])
    expect([...view.headers.entries()]).toEqual([
      ['content-type', 'text/plain;charset=UTF-8'],
      ['x-other', 'sent'],
    ])
    expect(view.bodyUsed).toBe(false)
    expect(await view.clone().json()).toEqual({ a: 1 })
    expect(await view.text()).toBe('{"a":1}')
    expect([view.bodyUsed, view.signal.aborted, made]).toEqual([true, false, 1])
  })

  it('sees changes of its header fields', () => {
    const view = new RequestView(messageWith([['X-Other', 'sent']]), ORIGIN, () => {
      return new Request(ORIGIN, { headers: { 'X-Other': 'sent' } })
    })
    view.headers.append('X-Other', 'added')
    expect(view.headers.get('x-other')).toBe('sent, added')
    view.headers.set('X-Other', 'set')
    expect(view.headers.get('x-other')).toBe('set')
    view.headers.delete('X-Other')
    expect(view.headers.has('x-other')).toBe(false)
  })
})

describe('ResponseView', () => {
  it('reads and sets the header fields of the pending response', () => {
    const res = new ServerResponse(messageWith([]))
    res.setHeader('Content-Type', 'text/plain')
    res.setHeader('Vary', ['Accept', 'Origin'])
    res.setHeader('Age', 5)
    const { headers, status } = new ResponseView(202, new PendingHeaders(res))
    expect(status).toBe(202)
    expect([headers.get('vary'), headers.get('Age'), headers.get('absent')]).toEqual([
      'Accept, Origin',
      '5',
      null,
    ])
    expect([headers.has('Content-Type'), headers.has('Absent')]).toEqual([true, false])
    headers.set('Cache-Control', 'private')
    expect(res.getHeader('cache-control')).toBe('private')
    expect([...headers]).toEqual([
      ['content-type', 'text/plain'],
      ['vary', 'Accept'],
      ['vary', 'Origin'],
      ['age', '5'],
      ['cache-control', 'private'],
    ])
  })
})

function unmade(): Request {
  throw new Error('This member must not be read.')
}
