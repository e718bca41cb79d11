/** How long fetched documents are used, and which resources share them. */

import { describe, expect, it, vi } from 'vitest'
import { START } from '../support/clock.ts'
import { createKey, ISSUER, METADATA_URL } from '../support/issuer.ts'
import { expectRejection } from '../support/rejection.ts'
import { expectPass, setUp, type TestSetup } from '../support/setup-resource.ts'

const METADATA = `${ISSUER}/.well-known/oauth-authorization-server`
const KEYS = `${ISSUER}/jwks`
const LONG_LIVED = { headers: { 'Cache-Control': 'max-age=86400' } }
const LONG = { exp: START + 100_000 }
const INVALID = { status: 401, error: 'invalid_token', resourceMetadata: METADATA_URL }

describe('the lifetime of documents', () => {
  it('CAC-06: two hundred cold requests make one discovery and one key fetch', async () => {
    const setup = await setUp()
    const token = await setup.issuer.token(LONG)
    const answers = await Promise.all(Array.from({ length: 200 }, () => setup.send(token)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(setup.issuer.requests).toEqual([METADATA, KEYS])
  })

  for (const { says, age = 0, until, from } of [
    { says: 'max-age=120', until: 90, from: 140 },
    { says: 'max-age=1000', age: 880, until: 90, from: 140 },
    { says: 'max-age=1', until: 45, from: 70 },
    { says: 'no-store', until: 45, from: 70 },
    { says: 'max-age=31536000', until: 2800, from: 4000 },
    { says: undefined, until: 450, from: 670 },
  ]) {
    it(`CAC-05: keys with ${says ?? 'no Cache-Control'} and an age of ${age} s are fetched again after ${until} s and before ${from} s`, async () => {
      const setup = await setUp()
      const headers = new Headers({ Age: `${age}` })
      if (says !== undefined) headers.set('Cache-Control', says)
      setup.issuer.respondAt(KEYS, () => Response.json(setup.issuer.jwks, { headers }))
      const token = await setup.issuer.token(LONG)
      await expectPass(setup, token)
      setup.clock.advance(until)
      await expectPass(setup, token)
      expect(fetchesOf(setup, KEYS)).toBe(1)
      setup.clock.advance(from - until)
      await expectPass(setup, token)
      expect(fetchesOf(setup, KEYS)).toBe(2)
    })
  }

  it('CAC-05: Expires without Date counts from the time when the response was received', async () => {
    const setup = await setUp()
    const headers = { Expires: new Date((START + 1200) * 1000).toUTCString() }
    setup.issuer.respondAt(KEYS, () => Response.json(setup.issuer.jwks, { headers }))
    const token = await setup.issuer.token(LONG)
    await expectPass(setup, token)
    setup.clock.advance(900)
    await expectPass(setup, token)
    expect(fetchesOf(setup, KEYS)).toBe(1)
    setup.clock.advance(500)
    await expectPass(setup, token)
    expect(fetchesOf(setup, KEYS)).toBe(2)
  })

  it('CAC-06: in the last tenth of its freshness lifetime a document is refreshed in the background', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    try {
      const setup = await setUp()
      const token = await setup.issuer.token(LONG)
      await expectPass(setup, token)
      setup.clock.advance(539)
      await expectPass(setup, token)
      expect(fetchesOf(setup, KEYS)).toBe(1)
      const { promise, resolve } = Promise.withResolvers<Response>()
      setup.issuer.respondAt(KEYS, async () => (await promise).clone())
      setup.clock.advance(2)
      await expectPass(setup, token)
      await expectPass(setup, token)
      // The metadata, of the same age, is read first and refreshed likewise.
      await vi.waitUntil(() => fetchesOf(setup, KEYS) === 2)
      resolve(Response.json({ keys: [(await createKey('k2')).jwk] }))
      await vi.waitUntil(() => setup.events.filter(({ type }) => type === 'document').length === 4)
      await expectRejection(await setup.send(token), INVALID)
    } finally {
      vi.restoreAllMocks()
    }
  })

  it('CAC-06: failures are cached: a burst during an outage causes one fetch', async () => {
    const setup = await setUp()
    setup.issuer.respondAt(METADATA, () => new Response('', { status: 500 }))
    const token = await setup.issuer.token(LONG)
    for (let count = 0; count < 10; count++) expect((await setup.send(token)).status).toBe(503)
    expect(fetchesOf(setup, METADATA)).toBe(1)
    setup.issuer.respondAt(METADATA, undefined)
    setup.clock.advance(16)
    await expectPass(setup, token)
  })

  it('metadata without jwks_uri is fetched again before its freshness lifetime ends', async () => {
    const setup = await setUp()
    const lacking = { issuer: ISSUER }
    setup.issuer.respondAt(METADATA, () => Response.json(lacking, LONG_LIVED))
    const token = await setup.issuer.token(LONG)
    expect((await setup.send(token)).status).toBe(503)
    setup.issuer.respondAt(METADATA, undefined)
    setup.clock.advance(16)
    await expectPass(setup, token)
  })

  it('a clock that moves backwards does not extend the use of an old document', async () => {
    const setup = await setUp({ options: { tokenCache: false } })
    const token = await setup.issuer.token({ ...LONG, iat: undefined })
    await expectPass(setup, token)
    setup.clock.advance(-3600)
    await expectPass(setup, token)
    expect(fetchesOf(setup, KEYS)).toBe(2)
  })

  it('no request waits longer than the deadline, also if several documents hang', async () => {
    const setup = await setUp({ server: { timeoutMs: 150 } })
    setup.issuer.respondAt(METADATA, () => new Promise<Response>(() => {}))
    const token = await setup.issuer.token(LONG)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    try {
      const response = setup.send(token)
      await vi.advanceTimersByTimeAsync(150)
      expect((await response).status).toBe(503)
    } finally {
      vi.useRealTimers()
    }
  })

  it('on Workers a request does not await the promise of another request', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    try {
      const setup = await setUp({ server: { jwksUri: KEYS } })
      let first = true
      setup.issuer.respondAt(KEYS, () => {
        if (!first) return Response.json(setup.issuer.jwks)
        first = false
        // What a request started that is gone: it never settles.
        return new Promise<Response>(() => {})
      })
      const token = await setup.issuer.token(LONG)
      void setup.send(token)
      await vi.waitUntil(() => fetchesOf(setup, KEYS) === 1)
      await expectPass(setup, token)
      expect(fetchesOf(setup, KEYS)).toBe(2)
    } finally {
      vi.unstubAllGlobals()
    }
  })
})

describe('sharing between resources', () => {
  it('resources with the same server options object share one discovery and one key fetch', async () => {
    const setup = await setUp()
    const server = { issuer: ISSUER }
    const means = { fetch: setup.issuer.fetch, now: setup.clock.now }
    const token = await setup.issuer.token({
      ...LONG,
      aud: ['https://rs.example/mcp', 'https://rs.example/b'],
    })
    const one = await setUp({
      issuer: setup.issuer,
      options: { ...means, authorizationServers: [server] },
    })
    const two = await setUp({
      issuer: setup.issuer,
      options: { ...means, resource: 'https://rs.example/b', authorizationServers: [server] },
    })
    await expectPass(one, token)
    await expectPass(two, token)
    expect(setup.issuer.requests).toEqual([METADATA, KEYS])
  })
})

function fetchesOf({ issuer }: TestSetup, url: string): number {
  return issuer.requests.filter((each) => each === url).length
}
