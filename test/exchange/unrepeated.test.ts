/** Bodies that Deno does not send twice. */

import { afterEach, describe, expect, it, vi } from 'vitest'
import { toUnrepeated } from '../../src/exchange/unrepeated.ts'
import { API, createExchangeScene } from '../support/exchange.ts'

afterEach(() => void vi.unstubAllGlobals())

function runOn(userAgent: string): void {
  vi.stubGlobal('navigator', { userAgent })
}

describe('toUnrepeated()', () => {
  it.each(['Node.js/24', 'Bun/1.4.5', 'Cloudflare-Workers'])(
    'keeps the body on %s',
    async (host) => {
      runOn(host)
      const init = { method: 'POST', body: 'text' }
      expect(await toUnrepeated(init)).toBe(init)
    },
  )

  it.each([[undefined], [{}]])('keeps the body where navigator is %j', async (navigator) => {
    vi.stubGlobal('navigator', navigator)
    const init = { method: 'POST', body: 'text' }
    expect(await toUnrepeated(init)).toBe(init)
  })

  it('keeps the other members', async () => {
    runOn('Deno/2.9.6')
    const init = { method: 'PUT', redirect: 'manual', signal: AbortSignal.abort() } as const
    expect(await toUnrepeated({ ...init, body: 'text' })).toMatchObject(init)
  })

  it('keeps an empty body, and a Blob', async () => {
    runOn('Deno/2.9.6')
    for (const init of [
      {},
      { body: null },
      { body: '' },
      { body: new Blob(['text'], { type: 'a/b' }) },
    ]) {
      expect(await toUnrepeated(init)).toBe(init)
    }
  })

  const form = new FormData()
  form.set('a', 'ü')
  it.each<[string, BodyInit, string, RegExp | null]>([
    ['a text', 'ü', 'ü', /^text\/plain;charset=UTF-8$/],
    ['bytes', new TextEncoder().encode('ü'), 'ü', null],
    ['a query', new URLSearchParams({ a: 'ü' }), 'a=%C3%BC', /^application\/x-www-form-urlencoded/],
  ])('is a Blob on Deno for %s, with the type that fetch sends', async (_, body, text, type) => {
    runOn('Deno/2.9.6')
    const { body: sent, headers } = await toUnrepeated({ method: 'POST', body })
    expect(sent).toBeInstanceOf(Blob)
    expect([(sent as Blob).type, await (sent as Blob).text()]).toEqual(['', text])
    const named = new Headers(headers).get('Content-Type')
    expect(named).toEqual(type === null ? null : expect.stringMatching(type))
  })

  it('keeps the boundary of a form, and a type that is given', async () => {
    runOn('Deno/2.9.6')
    const sent = await toUnrepeated({ method: 'POST', body: form })
    const init = { headers: new Headers(sent.headers) }
    expect((await new Response(sent.body ?? null, init).formData()).get('a')).toBe('ü')
    const headers = { 'content-type': 'application/json', 'X-Custom': 'yes' }
    const other = await toUnrepeated({ method: 'POST', body: '{}', headers })
    expect(Object.fromEntries(new Headers(other.headers))).toEqual({
      'content-type': 'application/json',
      'x-custom': 'yes',
    })
  })
})

describe('exchange.fetch() on Deno', () => {
  it('sends a Blob, also a second time after a 401', async () => {
    runOn('Deno/2.9.6')
    const { exchange, auth, called } = await createExchangeScene({
      serve: () => new Response('no', { status: 401 }),
    })
    await exchange.fetch(auth, `${API}/v1`, { method: 'POST', body: 'text' })
    const bodies = called.map(({ init }) => (init.body as Blob).text())
    expect(await Promise.all(bodies)).toEqual(['text', 'text'])
    const body = new Blob(['text']).stream()
    await exchange.fetch(auth, `${API}/v1`, { method: 'POST', body })
    expect(called.at(-1)?.init.body).toBe(body)
  })
})
