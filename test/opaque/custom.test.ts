import { afterEach, describe, expect, it, vi } from 'vitest'
import type { CustomTokenOptions, TokenContext } from '../../src/contract/access-token-options.ts'
import { UpstreamError } from '../../src/contract/errors.ts'
import { RequestBudget } from '../../src/documents/request-budget.ts'
import { CustomVerification } from '../../src/opaque/custom.ts'
import { START } from '../support/clock.ts'
import { RESOURCE } from '../support/issuer.ts'

const ISSUER = 'https://as.example'

function verification(
  verify: CustomTokenOptions['verify'],
  fetch: () => Promise<Response> = async () => new Response('{}'),
  more: Partial<CustomTokenOptions> = {},
) {
  return new CustomVerification(
    { kind: 'custom', verify, ...more },
    {
      issuer: ISSUER,
      resource: RESOURCE,
      policy: { fetch, timeoutMs: 50, maxBytes: 1000, allowHttp: false },
      now: () => START,
    },
  )
}

/** The result of the context's `fetch`, or its error. */
async function fetched(
  url: string,
  response: () => Promise<Response>,
  token = 'the-token',
): Promise<Response | unknown> {
  let outcome: unknown
  const verify = async (_token: string, context: TokenContext) => {
    outcome = await context.fetch(url).catch((error: unknown) => error)
    return null
  }
  await verification(verify, response).verify(token, new RequestBudget(), undefined)
  return outcome
}

describe('CustomVerification', () => {
  afterEach(() => void vi.useRealTimers())

  it('names the issuer in the error of a request whose budget has ended', async () => {
    vi.useFakeTimers()
    const budget = new RequestBudget()
    budget.remainingMs(50)
    await vi.advanceTimersByTimeAsync(30)
    const { promise: asked, resolve: tell } = Promise.withResolvers<void>()
    const silent = (): Promise<null> => {
      tell()
      return new Promise(() => {})
    }
    const result = verification(silent, undefined, { cacheSeconds: 60 }).verify(
      't',
      budget,
      undefined,
    )
    await asked
    await vi.advanceTimersByTimeAsync(20)
    expect(await result).toMatchObject({
      ok: false,
      error: { code: 'unavailable', cause: { code: 'timeout', url: ISSUER } },
    })
  })

  it('gives a copy of the claims, and undefined for null', async () => {
    const claims = { sub: 'alice' }
    const result = await verification(async () => claims).verify(
      't',
      new RequestBudget(),
      undefined,
    )
    expect(result).toEqual({ ok: true, value: claims })
    expect(result.ok && result.value).not.toBe(claims)
    const none = await verification(async () => null).verify('t', new RequestBudget(), undefined)
    expect(none).toEqual({ ok: true, value: undefined })
  })

  it('calls verify for every request without cacheSeconds', async () => {
    for (const [cacheSeconds, expected] of [
      [undefined, 2],
      [60, 1],
    ] as const) {
      let calls = 0
      const verify = async () => {
        calls += 1
        return { exp: START + 3600 }
      }
      const own = verification(verify, undefined, { ...(cacheSeconds && { cacheSeconds }) })
      await own.verify('t', new RequestBudget(), undefined)
      await own.verify('t', new RequestBudget(), undefined)
      expect(calls).toBe(expected)
    }
  })

  it('shares calls in flight with cacheSeconds only', async () => {
    for (const [cacheSeconds, expected] of [
      [undefined, 2],
      [60, 1],
    ] as const) {
      let calls = 0
      const verify = () => {
        calls += 1
        return new Promise<null>(() => {})
      }
      const own = verification(verify, undefined, { ...(cacheSeconds && { cacheSeconds }) })
      const asked = [1, 2].map(() => own.verify('t', new RequestBudget(), undefined))
      for (const result of await Promise.all(asked)) expect(result.ok).toBe(false)
      expect(calls).toBe(expected)
    }
  })

  it('passes the request to verify if there is one', async () => {
    const seen: unknown[] = []
    const own = verification(async (_token, context) => {
      seen.push('request' in context, context.request, context.issuer, context.resource)
      return null
    })
    const request = new Request(RESOURCE)
    await own.verify('t', new RequestBudget(), undefined)
    await own.verify('t', new RequestBudget(), request)
    expect(seen).toEqual([false, undefined, ISSUER, RESOURCE, true, request, ISSUER, RESOURCE])
  })

  it('keeps the status of a response that the limits reject', async () => {
    const redirect = async () => Response.redirect('https://other.example/', 307)
    const error = await fetched('https://api.example/me?token=the-token', redirect)
    expect(error).toMatchObject({
      name: 'UpstreamError',
      code: 'redirect',
      status: 307,
      url: 'https://api.example/me',
    })
  })

  it('names the issuer in the error of a timeout', async () => {
    const result = await verification(() => new Promise(() => {})).verify(
      't',
      new RequestBudget(),
      undefined,
    )
    expect(result.ok ? undefined : result.error).toMatchObject({ code: 'unavailable' })
    const cause = result.ok ? undefined : result.error.cause
    expect(cause).toMatchObject({
      code: 'timeout',
      url: ISSUER,
      message: `The verification of tokens of ${ISSUER} did not end in time`,
    })
  })
})

describe('the fetch of a custom verification', () => {
  it('gives status, status text, headers and body, without the headers of the transfer', async () => {
    const headers = { 'Content-Encoding': 'gzip', 'Content-Length': '3', 'X-Own': 'x' }
    const response = () =>
      Promise.resolve(new Response('abc', { status: 404, statusText: 'Nowhere', headers }))
    const copy = (await fetched('https://as.example/x', response)) as Response
    expect([copy.status, copy.statusText, await copy.text()]).toEqual([404, 'Nowhere', 'abc'])
    expect(Object.fromEntries(copy.headers)).toMatchObject({ 'x-own': 'x' })
    expect(copy.headers.has('Content-Encoding')).toBe(false)
    expect(copy.headers.has('Content-Length')).toBe(false)
  })

  it('gives a body only if there was one', async () => {
    const none = async () => new Response(null, { status: 204 })
    expect(await fetched('https://as.example/x', none)).toMatchObject({ status: 204, body: null })
    const one = (await fetched('https://as.example/x', async () => new Response('a'))) as Response
    expect(await one.text()).toBe('a')
  })

  it.each(['http://as.example/x', 'no URL'])(
    'rejects %s: only https URLs are allowed',
    async (url) => {
      const outcome = await fetched(url, async () => new Response('{}'))
      expect(outcome).toBeInstanceOf(TypeError)
      expect(String(outcome)).toBe('TypeError: A token may only be sent to an https URL')
    },
  )

  it.each([
    ['https://as.example/a?t=the-token', 'https://as.example/a'],
    ['https://as.example/a/the-token', 'https://as.example/'],
    ['https://as.example/a/the%2Dtoken', 'https://as.example/'],
    ['https://as.example/a%zz', 'https://as.example/'],
  ])('leaves the token out of its errors: %s', async (url, place) => {
    const outcome = await fetched(url, () => Promise.reject(new Error('no')))
    expect(outcome).toBeInstanceOf(UpstreamError)
    expect(outcome).toMatchObject({
      code: 'unreachable',
      url: place,
      message: `${place} could not be reached`,
    })
  })

  it('keeps the code of a network error', async () => {
    const error = new TypeError('fetch failed', { cause: { code: 'ENOTFOUND' } })
    const outcome = await fetched('https://as.example/a?t=the-token', () => Promise.reject(error))
    expect(outcome).toMatchObject({
      code: 'unreachable',
      url: 'https://as.example/a',
      reason: 'ENOTFOUND',
      message: 'https://as.example/a could not be reached',
    })
  })
})
