/** `exchange.fetch`: where the token goes, and what a 401 of the API leads to. */

import { describe, expect, it, vi } from 'vitest'
import type { TokenExchangeOptions } from '../../src/exchange/index.ts'
import { API, bearerResponse, createExchangeScene, type Respond } from '../support/exchange.ts'
import { unchecked } from '../support/unchecked.ts'

const unauthorized = (): Response =>
  new Response('no', { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } })

describe('exchange.fetch()', () => {
  it('sends the exchanged token to the API, and nothing else of ours', async () => {
    const { exchange, auth, called } = await createExchangeScene()
    const headers = { 'X-Custom': 'yes', Authorization: `Bearer ${auth.token}`, DPoP: 'proof' }
    const init = { method: 'post', headers, body: 'text' }
    const response = await exchange.fetch(auth, `${API}/v1/orders?id=1#top`, init)
    expect(await response.text()).toBe('served')
    expect(called).toHaveLength(1)
    const [seen] = called
    expect(seen?.url).toBe(`${API}/v1/orders?id=1#top`)
    expect(Object.fromEntries(seen?.headers ?? [])).toEqual({
      authorization: 'Bearer exchanged-1',
      'x-custom': 'yes',
    })
    expect(seen?.init).toMatchObject({ method: 'POST', body: 'text', redirect: 'manual' })
    // The caller's object stays as it is.
    expect(headers.Authorization).toBe(`Bearer ${auth.token}`)
  })

  it.each([
    'https://other.example/',
    'https://api.example.evil.example/',
    'https://api.example:8443/',
    'http://api.example/',
    'https://user:password@api.example/',
    'https://user@api.example/',
    'https://:password@api.example/',
    'https://api.example@evil.example/',
    '//api.example/',
    '/v1/orders',
    'data:text/plain,api.example',
    'javascript:alert(1)',
    'blob:https://api.example/f00d',
    '',
  ])('rejects %s with a TypeError and sends nothing', async (url) => {
    const { exchange, auth, asked, called, strayed } = await createExchangeScene()
    await expect(exchange.fetch(auth, url)).rejects.toThrow(TypeError)
    expect([...asked, ...called, ...strayed]).toEqual([])
  })

  it('keeps credentials of a URL out of its error', async () => {
    const { exchange, auth } = await createExchangeScene()
    const error = await exchange.fetch(auth, 'https://u:pass@api.example/').catch((each) => each)
    expect(String(error)).not.toContain('pass@')
  })

  it('sends to every configured origin, and to loopback over http', async () => {
    const target = { audience: 'api', origins: ['https://a.example', 'http://127.0.0.1:8080'] }
    const urls: string[] = []
    const { exchange, auth } = await createExchangeScene({
      target,
      cache: false,
      fetch: async (url) => {
        urls.push(url)
        return url.endsWith('/token') ? bearerResponse(0) : new Response('served')
      },
    })
    for (const url of ['https://a.example/x', 'http://127.0.0.1:8080/y']) {
      expect((await exchange.fetch(auth, url)).status).toBe(200)
    }
    expect(urls.filter((url) => !url.endsWith('/token'))).toEqual([
      'https://a.example/x',
      'http://127.0.0.1:8080/y',
    ])
    await expect(exchange.fetch(auth, 'http://127.0.0.1:8081/')).rejects.toThrow(TypeError)
  })

  it.each<TokenExchangeOptions['target']>([
    { audience: 'api' },
    { scopes: ['a'] },
    { resource: 'urn:example:api' },
    { resource: 'http://api.example/' },
    { resource: 'https://api.example/', origins: [] },
  ])('is misconfigured without an origin: %j', async (target) => {
    const { exchange, auth, asked } = await createExchangeScene({ target })
    await expect(exchange.fetch(auth, 'https://api.example/')).rejects.toMatchObject({
      name: 'ExchangeError',
      message: 'The token exchange failed: misconfigured',
      failure: { ok: false, code: 'misconfigured' },
    })
    expect(asked).toEqual([])
  })

  it.each([301, 302, 303, 307, 308])('returns a %i as it is', async (status) => {
    const headers = { Location: 'https://other.example/' }
    const serve = () => new Response(null, { status, headers })
    const { exchange, auth, called, strayed } = await createExchangeScene({ serve })
    for (const redirect of ['follow', 'error', 'manual'] as const) {
      const response = await exchange.fetch(auth, `${API}/`, { redirect })
      expect(response.status).toBe(status)
      expect(response.headers.get('Location')).toBe('https://other.example/')
    }
    expect(called).toHaveLength(3)
    expect(strayed).toEqual([])
  })

  it('throws the failure of the exchange and calls no API', async () => {
    const issue = () =>
      Response.json(
        { error: 'consent_required', error_uri: 'https://as.example/consent' },
        { status: 400 },
      )
    const { exchange, auth, called } = await createExchangeScene({ issue })
    await expect(exchange.fetch(auth, `${API}/`)).rejects.toMatchObject({
      failure: { ok: false, code: 'consent_required', url: 'https://as.example/consent' },
    })
    expect(called).toEqual([])
  })

  it('exchanges again after a 401 and sends the request a second time', async () => {
    const serve = (_: unknown, index: number) =>
      index === 1 ? unauthorized() : new Response('yes')
    const { exchange, auth, asked, called } = await createExchangeScene({ serve })
    await exchange.fetch(auth, `${API}/`)
    const response = await exchange.fetch(auth, `${API}/`, { method: 'PUT', body: 'text' })
    expect(await response.text()).toBe('yes')
    expect(asked).toHaveLength(2)
    expect(called.map(({ headers }) => headers.get('Authorization'))).toEqual([
      'Bearer exchanged-1',
      'Bearer exchanged-1',
      'Bearer exchanged-2',
    ])
    expect(called[2]?.init.body).toBe('text')
  })

  it('returns the second 401 as it is, and does not exchange at every call', async () => {
    const { exchange, auth, asked, called, scene } = await createExchangeScene({
      serve: unauthorized,
    })
    const response = await exchange.fetch(auth, `${API}/`)
    expect(response.status).toBe(401)
    expect(await response.text()).toBe('no')
    expect([asked.length, called.length]).toEqual([2, 2])
    await exchange.fetch(auth, `${API}/`)
    expect([asked.length, called.length]).toEqual([2, 3])
    scene.clock.advance(5)
    await exchange.fetch(auth, `${API}/`)
    expect([asked.length, called.length]).toEqual([3, 5])
  })

  it('exchanges again after a 401 once the clock was set back', async () => {
    const { exchange, auth, asked, called, scene } = await createExchangeScene({
      serve: unauthorized,
    })
    await exchange.fetch(auth, `${API}/`)
    scene.clock.advance(-100)
    await exchange.fetch(auth, `${API}/`)
    expect([asked.length, called.length]).toEqual([4, 4])
  })

  it('throws where the second exchange is refused', async () => {
    const issue = (_: unknown, index: number) =>
      index === 0 ? bearerResponse(0) : Response.json({ error: 'invalid_grant' }, { status: 400 })
    const { exchange, auth } = await createExchangeScene({ issue, serve: unauthorized })
    await expect(exchange.fetch(auth, `${API}/`)).rejects.toMatchObject({
      failure: { ok: false, code: 'subject_not_accepted' },
    })
  })

  it('exchanges once for many concurrent 401', async () => {
    const serve = (seen: { headers: Headers }) =>
      seen.headers.get('Authorization') === 'Bearer exchanged-1'
        ? unauthorized()
        : new Response('yes')
    const { exchange, auth, asked } = await createExchangeScene({ serve })
    await exchange.exchange(auth)
    const calls = Array.from({ length: 50 }, () => exchange.fetch(auth, `${API}/`))
    const statuses = (await Promise.all(calls)).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(asked).toHaveLength(2)
  })

  it('does not drop the token that has replaced the rejected one', async () => {
    let release: (() => void) | undefined
    const late = new Promise<void>((resolve) => {
      release = resolve
    })
    const serve = async (seen: { headers: Headers }, index: number) => {
      if (index === 0) await late
      return seen.headers.get('Authorization') === 'Bearer exchanged-1'
        ? unauthorized()
        : new Response('yes')
    }
    const { exchange, auth, asked, called, scene } = await createExchangeScene({
      serve,
    })
    const slow = exchange.fetch(auth, `${API}/slow`)
    await vi.waitFor(() => expect(called).toHaveLength(1))
    expect((await exchange.fetch(auth, `${API}/`)).status).toBe(200)
    scene.clock.advance(6)
    release?.()
    expect((await slow).status).toBe(200)
    expect(asked).toHaveLength(2)
  })

  it.each([
    ['a stream', () => new Blob(['text']).stream()],
    [
      'an async iterable',
      async function* () {
        yield new TextEncoder().encode('text')
      },
    ],
  ])('sends %s once only', async (_what, body) => {
    const { exchange, auth, asked, called } = await createExchangeScene({ serve: unauthorized })
    const init = { method: 'POST', body: unchecked<ReadableStream>(body()) }
    expect((await exchange.fetch(auth, `${API}/`, init)).status).toBe(401)
    expect(called).toHaveLength(1)
    expect(called[0]?.init).toMatchObject({ duplex: 'half' })
    // The rejected token is dropped all the same.
    await exchange.exchange(auth)
    expect(asked).toHaveLength(2)
  })

  it.each([
    ['bytes', new Uint8Array([1])],
    ['a blob', new Blob(['text'])],
    ['a form', new FormData()],
    ['parameters', new URLSearchParams('a=b')],
  ])('sends %s again', async (_what, body) => {
    const serve = (_: unknown, index: number) =>
      index === 0 ? unauthorized() : new Response('yes')
    const { exchange, auth, called } = await createExchangeScene({ serve })
    const init = { method: 'POST', body: body as BodyInit }
    expect((await exchange.fetch(auth, `${API}/`, init)).status).toBe(200)
    expect(called.map((seen) => seen.init.body)).toEqual([body, body])
  })

  it('rejects a body without a method, and invalid headers, before anything is sent', async () => {
    const { exchange, auth, asked, called } = await createExchangeScene()
    await expect(exchange.fetch(auth, `${API}/`, { body: 'text' })).rejects.toThrow(TypeError)
    const headers = { 'X-A': 'a\nb' }
    await expect(exchange.fetch(auth, `${API}/`, { headers })).rejects.toThrow(TypeError)
    expect([...asked, ...called]).toEqual([])
  })

  it('rejects with the reason of the signal, before, during and after the exchange', async () => {
    const hang = () => new Promise<Response>(() => {})
    const reason = new Error('enough')
    const before = await createExchangeScene()
    const signal = AbortSignal.abort(reason)
    await expect(before.exchange.fetch(before.auth, `${API}/`, { signal })).rejects.toBe(reason)
    expect([...before.asked, ...before.called]).toEqual([])
    for (const options of [{ issue: hang }, { serve: hang }]) {
      const { exchange, auth, asked, called } = await createExchangeScene(options)
      const controller = new AbortController()
      const sent = exchange.fetch(auth, `${API}/`, { signal: controller.signal })
      const seen = 'issue' in options ? asked : called
      await vi.waitFor(() => expect(seen).toHaveLength(1))
      controller.abort(reason)
      await expect(sent).rejects.toBe(reason)
    }
  })

  it('passes on the abort to the response that is being read', async () => {
    let given: AbortSignal | null | undefined
    const serve = (seen: { init: RequestInit }) => {
      given = seen.init.signal
      return new Response('served')
    }
    const { exchange, auth } = await createExchangeScene({ serve })
    const controller = new AbortController()
    await exchange.fetch(auth, `${API}/`, { signal: controller.signal })
    expect(given?.aborted).toBe(false)
    controller.abort()
    expect(given?.aborted).toBe(true)
  })

  it('keeps the exchange of a caller that went away', async () => {
    let release: (() => void) | undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const issue: Respond = async (_seen, index) => {
      await held
      return bearerResponse(index)
    }
    const { exchange, auth, asked } = await createExchangeScene({ issue })
    const controller = new AbortController()
    const sent = exchange.fetch(auth, `${API}/`, { signal: controller.signal })
    await vi.waitFor(() => expect(asked).toHaveLength(1))
    const other = exchange.exchange(auth)
    controller.abort()
    await expect(sent).rejects.toThrow()
    release?.()
    expect(await other).toMatchObject({ ok: true, token: 'exchanged-1' })
    expect(asked).toHaveLength(1)
  })

  it('gives up on an API that does not answer, and names it without its query', async () => {
    const serve = () => new Promise<Response>(() => {})
    const { exchange, auth } = await createExchangeScene({ serve, timeoutMs: 50 })
    await expect(exchange.fetch(auth, `${API}/v1?person=ada`)).rejects.toMatchObject({
      name: 'UpstreamError',
      code: 'timeout',
      url: `${API}/v1`,
      message: `${API}/v1 did not answer within 50 ms`,
    })
  })

  it('reports an API that cannot be reached, without the cause', async () => {
    const serve = (seen: { headers: Headers }) =>
      Promise.reject(new TypeError(`no route for ${seen.headers.get('Authorization')}`))
    const { exchange, auth } = await createExchangeScene({ serve })
    const error = await exchange.fetch(auth, `${API}/v1`).catch((each) => each)
    expect(error).toMatchObject({ name: 'UpstreamError', code: 'unreachable', url: `${API}/v1` })
    expect(error.message).toBe(`${API}/v1 could not be reached`)
    expect(error.cause).toBeUndefined()
    expect(error.reason).toBeUndefined()
  })

  it('reports the code of a network error', async () => {
    const error = new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } })
    const { exchange, auth } = await createExchangeScene({ serve: () => Promise.reject(error) })
    await expect(exchange.fetch(auth, `${API}/v1?person=ada`)).rejects.toMatchObject({
      code: 'unreachable',
      reason: 'ECONNREFUSED',
      message: `${API}/v1 could not be reached`,
    })
  })
})
