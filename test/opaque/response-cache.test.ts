import { createHash } from 'node:crypto'
import { afterEach, describe, expect, it, type MockInstance, vi } from 'vitest'
import { RequestBudget } from '../../src/documents/request-budget.ts'
import { type ClaimsResult, ResponseCache } from '../../src/opaque/response-cache.ts'
import { createClock, START } from '../support/clock.ts'

const INACTIVE: ClaimsResult = { ok: true, value: undefined }

function active(claims: Record<string, unknown> = {}): ClaimsResult {
  return { ok: true, value: { exp: START + 3600, ...claims } }
}

function createCache(seconds = 60, timeoutMs = 1000) {
  const clock = createClock()
  const cache = new ResponseCache({ seconds, now: clock.now, timeoutMs, url: 'https://as.example' })
  const ask = vi.fn(async (_patience: RequestBudget): Promise<ClaimsResult> => active())
  const find = (token: string, budget = new RequestBudget()) => cache.find(token, budget, ask)
  return { clock, cache, ask, find }
}

/** A result that the test releases. */
function deferred() {
  let settle: (result: ClaimsResult) => void = () => {}
  const result = new Promise<ClaimsResult>((resolve) => {
    settle = resolve
  })
  return { result, settle }
}

/** Waits until the digest is computed and the call has started. */
async function allDigested(digest: MockInstance<SubtleCrypto['digest']>): Promise<void> {
  await Promise.all(digest.mock.results.map(({ value }) => value))
  await new Promise((resolve) => setImmediate(resolve))
}

afterEach(() => vi.unstubAllGlobals())

describe('ResponseCache gives', () => {
  it('each token its own result', async () => {
    const { ask, find } = createCache()
    ask.mockResolvedValueOnce(active({ sub: 'a' })).mockResolvedValueOnce(active({ sub: 'b' }))
    await find('a')
    await find('b')
    expect(await find('a')).toMatchObject({ value: { sub: 'a' } })
    expect(await find('b')).toMatchObject({ value: { sub: 'b' } })
    expect(ask).toHaveBeenCalledTimes(2)
  })

  it('frozen claims', async () => {
    const { ask, find } = createCache()
    ask.mockResolvedValueOnce(active({ realm: { roles: [] } }))
    await find('a')
    const found = await find('a')
    const realm = found.ok ? found.value?.['realm'] : undefined
    expect(Object.isFrozen(realm)).toBe(true)
  })

  it('only the digest of a token to its maps', async () => {
    const keys = vi.spyOn(Map.prototype, 'set')
    const { find } = createCache()
    await find('token-MARKER')
    const texts = keys.mock.calls.map(([key]) => key).filter((key) => typeof key === 'string')
    keys.mockRestore()
    // SHA-256 of the token, in base64url.
    const digest = createHash('sha256').update('token-MARKER').digest('base64url')
    expect(texts).toContain(digest)
    expect(texts.join()).not.toContain('MARKER')
  })

  it('the result of a call in flight, which has a full budget', async () => {
    const { ask, find } = createCache()
    const { result, settle } = deferred()
    ask.mockImplementationOnce(() => result)
    const first = new RequestBudget()
    const finds = [find('a', first)]
    await vi.waitFor(() => expect(ask).toHaveBeenCalledTimes(1))
    finds.push(find('a'), find('b'))
    await vi.waitFor(() => expect(ask).toHaveBeenCalledTimes(2))
    settle(active({ sub: 'shared' }))
    expect(await Promise.all(finds)).toEqual([
      active({ sub: 'shared' }),
      active({ sub: 'shared' }),
      active(),
    ])
    expect(ask.mock.calls[0]?.[0]).not.toBe(first)
  })

  it.each([
    [2, 1.9, 2.1],
    [60, 4.9, 5],
  ])(
    'with %i seconds a call in flight for %d seconds, but not for %d',
    async (seconds, shared, not) => {
      const { clock, ask, find } = createCache(seconds, 30_000)
      const [first, second] = [deferred(), deferred()]
      ask.mockImplementationOnce(() => first.result).mockImplementationOnce(() => second.result)
      const finds = [find('a')]
      await vi.waitFor(() => expect(ask).toHaveBeenCalledTimes(1))
      clock.advance(shared)
      const digest = vi.spyOn(crypto.subtle, 'digest')
      finds.push(find('a'))
      await allDigested(digest)
      digest.mockRestore()
      expect(ask).toHaveBeenCalledTimes(1)
      clock.advance(not - shared)
      const later = find('a')
      await vi.waitFor(() => expect(ask).toHaveBeenCalledTimes(2))
      // The token was revoked between the calls, and the first response comes last.
      second.settle(INACTIVE)
      expect(await later).toEqual(INACTIVE)
      first.settle(active())
      expect(await Promise.all(finds)).toEqual([active(), active()])
      expect(await find('a')).toEqual(INACTIVE)
      expect(ask).toHaveBeenCalledTimes(2)
    },
  )

  it('no result of another request on Workers', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    const { ask, find } = createCache()
    const { result, settle } = deferred()
    ask.mockImplementationOnce(() => result)
    const first = find('a')
    // Digests are computed concurrently: only now the first request calls.
    await vi.waitFor(() => expect(ask).toHaveBeenCalledTimes(1))
    expect(await find('a')).toEqual(active())
    expect(ask).toHaveBeenCalledTimes(2)
    settle(INACTIVE)
    expect(await first).toEqual(INACTIVE)
  })

  it('a timeout after the budget of a request, while the call continues', async () => {
    const { ask, find } = createCache(60, 20)
    const { result, settle } = deferred()
    ask.mockImplementationOnce(() => result)
    expect(await find('a')).toMatchObject({
      ok: false,
      error: { code: 'unavailable', cause: { code: 'timeout', url: 'https://as.example' } },
    })
    settle(active({ sub: 'late' }))
    await result
    expect(await find('a')).toEqual(active({ sub: 'late' }))
    expect(ask).toHaveBeenCalledTimes(1)
  })

  it('a new call where that in flight is past its deadline', async () => {
    const { clock, ask, find } = createCache(60, 1000)
    ask.mockImplementationOnce(() => new Promise(() => {}))
    void find('a')
    await vi.waitFor(() => expect(ask).toHaveBeenCalledTimes(1))
    clock.advance(1.1)
    expect(await find('a')).toEqual(active())
  })
})

describe('ResponseCache limits', () => {
  async function fill(find: (token: string) => Promise<unknown>, count: number) {
    for (let index = 0; index < count; index++) await find(`t${index}`)
  }

  it('valid tokens to 10,000, and drops the oldest first', async () => {
    const { ask, find } = createCache()
    await fill(find, 10_000)
    await find('t0')
    expect(ask).toHaveBeenCalledTimes(10_000)
    await find('one more')
    await find('t1')
    expect(ask).toHaveBeenCalledTimes(10_001)
    await find('t0')
    expect(ask).toHaveBeenCalledTimes(10_002)
  })

  it('invalid tokens to 1000', async () => {
    const { ask, find } = createCache()
    ask.mockResolvedValue(INACTIVE)
    await fill(find, 1000)
    await find('t0')
    expect(ask).toHaveBeenCalledTimes(1000)
    await find('one more')
    await find('t1')
    expect(ask).toHaveBeenCalledTimes(1001)
    await find('t0')
    expect(ask).toHaveBeenCalledTimes(1002)
  })

  it.each([
    [8, 2, 'keeps that much'],
    [9, 3, 'drops the oldest with a byte more'],
  ])('the claims of all tokens to 16 MiB: %i bytes more, %i calls: %s', async (bytes, calls) => {
    const { ask, find } = createCache()
    // Two objects with two members each, a text and a view of bytes.
    const characters = 16_777_216 - 2 * (24 + 2 * 8) - 16 - (24 + 8)
    ask.mockResolvedValueOnce(active({ x: 'x'.repeat(characters) }))
    ask.mockResolvedValueOnce(active({ y: new Uint8Array(bytes) }))
    await find('a')
    await find('b')
    await find('a')
    expect(ask).toHaveBeenCalledTimes(calls)
  })

  it('shared calls in flight to 1000', async () => {
    const digest = vi.spyOn(crypto.subtle, 'digest')
    const { ask, find } = createCache()
    ask.mockReturnValue(new Promise(() => {}))
    const asked = async (token: string) => {
      const before = ask.mock.calls.length
      void find(token)
      await allDigested(digest)
      return ask.mock.calls.length - before
    }
    for (let index = 0; index < 1000; index++) void find(`t${index}`)
    await vi.waitFor(() => expect(ask).toHaveBeenCalledTimes(1000))
    expect(await asked('t0')).toBe(0)
    expect(await asked('one more')).toBe(1)
    expect(await asked('one more')).toBe(0)
    expect(await asked('t0')).toBe(1)
    digest.mockRestore()
  })

  it('a call in flight to one deadline', async () => {
    const digest = vi.spyOn(crypto.subtle, 'digest')
    const { clock, ask, find } = createCache(60, 1000)
    ask.mockReturnValue(new Promise(() => {}))
    const count = async () => {
      void find('a')
      await allDigested(digest)
      return ask.mock.calls.length
    }
    expect(await count()).toBe(1)
    expect(await count()).toBe(1)
    clock.advance(1)
    expect(await count()).toBe(1)
    clock.advance(0.001)
    expect(await count()).toBe(2)
    clock.advance(-2)
    expect(await count()).toBe(3)
    digest.mockRestore()
  })

  it('that deadline to the timeout, even below a second', async () => {
    const { clock, ask, find } = createCache(0.5)
    await find('a')
    clock.advance(0.4)
    await find('a')
    expect(ask).toHaveBeenCalledTimes(1)
    clock.advance(0.1)
    await find('a')
    expect(ask).toHaveBeenCalledTimes(2)
  })

  it('and names URL and time in the error', async () => {
    const { ask, find } = createCache(60, 20)
    ask.mockReturnValue(new Promise(() => {}))
    const outcome = await find('a')
    expect(outcome.ok ? undefined : String(outcome.error.cause)).toContain(
      'https://as.example did not answer within 20 ms',
    )
  })
})

describe('ResponseCache with results that arrive out of order', () => {
  /** Two calls on Workers, which does not share them. They start a second apart by default. */
  async function ask2(apart = 0.5) {
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    const cache = createCache()
    const [first, second] = [deferred(), deferred()]
    cache.ask.mockImplementationOnce(() => first.result).mockImplementationOnce(() => second.result)
    const one = cache.find('a')
    await vi.waitFor(() => expect(cache.ask).toHaveBeenCalledTimes(1))
    cache.clock.advance(apart)
    const two = cache.find('a')
    await vi.waitFor(() => expect(cache.ask).toHaveBeenCalledTimes(2))
    return { ...cache, first, second, one, two }
  }

  it('keeps that of the later call: invalid', async () => {
    const { first, second, one, two, find } = await ask2()
    first.settle(active())
    await one
    second.settle(INACTIVE)
    await two
    expect(await find('a')).toEqual(INACTIVE)
  })

  it('keeps that of the later call: valid', async () => {
    const { first, second, one, two, find, ask } = await ask2()
    second.settle(active({ sub: 'second' }))
    await two
    first.settle(INACTIVE)
    await one
    expect(await find('a')).toEqual(active({ sub: 'second' }))
    expect(ask).toHaveBeenCalledTimes(2)
  })

  it('drops an invalid result for a valid one, even if that expires sooner', async () => {
    const { first, second, one, two, find, ask, clock } = await ask2()
    first.settle(INACTIVE)
    await one
    second.settle(active({ exp: START + 1 }))
    await two
    clock.advance(1)
    expect(await find('a')).toEqual(active())
    expect(ask).toHaveBeenCalledTimes(3)
  })

  it('keeps that which arrived last where both calls started at once', async () => {
    const { first, second, one, two, find } = await ask2(0)
    first.settle(active())
    await one
    second.settle(INACTIVE)
    await two
    expect(await find('a')).toEqual(INACTIVE)
  })

  it('shares the call in flight within one request, even on Workers', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    const digest = vi.spyOn(crypto.subtle, 'digest')
    const { ask, find } = createCache()
    ask.mockReturnValue(new Promise(() => {}))
    const budget = new RequestBudget()
    void find('a', budget)
    await allDigested(digest)
    void find('a', budget)
    await allDigested(digest)
    expect(ask).toHaveBeenCalledTimes(1)
    digest.mockRestore()
  })

  it('keeps a call in flight when an older one settles', async () => {
    const digest = vi.spyOn(crypto.subtle, 'digest')
    const { ask, find, clock } = createCache(60, 1000)
    const { result, settle } = deferred()
    ask.mockImplementationOnce(() => result).mockReturnValue(new Promise(() => {}))
    const first = find('a')
    await allDigested(digest)
    clock.advance(1.1)
    void find('a')
    await allDigested(digest)
    settle({ ok: false, error: { code: 'unavailable' } })
    await first
    void find('a')
    await allDigested(digest)
    expect(ask).toHaveBeenCalledTimes(2)
    digest.mockRestore()
  })

  it('stores results again after the clock was set back', async () => {
    const { ask, find, clock } = createCache()
    await find('a')
    clock.advance(-100)
    await find('a')
    await find('a')
    expect(ask).toHaveBeenCalledTimes(2)
  })
})

describe('ResponseCache never', () => {
  it('shares a call in flight without cacheSeconds', async () => {
    const digest = vi.spyOn(crypto.subtle, 'digest')
    const { ask, find } = createCache(0)
    ask.mockReturnValue(new Promise(() => {}))
    for (let count = 0; count < 2; count++) void find('a')
    await allDigested(digest)
    expect(ask).toHaveBeenCalledTimes(2)
    digest.mockRestore()
  })

  it('renews the budget of a request without cacheSeconds', async () => {
    const { ask, find } = createCache(0)
    const budget = new RequestBudget()
    await find('a', budget)
    expect(ask.mock.calls).toEqual([[budget]])
    expect(ask.mock.calls[0]?.[0]).toBe(budget)
  })

  it('shares a result without cacheSeconds', async () => {
    const { ask, find } = createCache(0)
    await Promise.all([find('a'), find('a')])
    await find('a')
    expect(ask).toHaveBeenCalledTimes(3)
  })

  it('stores a failure', async () => {
    const { ask, find } = createCache()
    ask.mockResolvedValueOnce({ ok: false, error: { code: 'unavailable' } })
    expect((await find('a')).ok).toBe(false)
    // Not an invalid token, which is a success without claims.
    expect(await find('a')).toEqual(active())
  })

  it('keeps a rejected call in flight', async () => {
    const { ask, find } = createCache()
    ask.mockRejectedValueOnce(new Error('oh'))
    await expect(find('a')).rejects.toThrow('oh')
    expect((await find('a')).ok).toBe(true)
  })

  it('stores a result beyond exp, or one without exp', async () => {
    const { clock, ask, find } = createCache()
    ask.mockResolvedValueOnce(active({ exp: START + 5 }))
    ask.mockResolvedValueOnce(active({ exp: undefined }))
    await find('a')
    await find('b')
    clock.advance(4.9)
    await find('a')
    expect(ask).toHaveBeenCalledTimes(2)
    await find('b')
    clock.advance(0.1)
    await find('a')
    expect(ask).toHaveBeenCalledTimes(4)
  })

  it('counts from the end of the call: its start counts', async () => {
    const { clock, ask, find } = createCache(60, 30_000)
    ask.mockImplementationOnce(async () => {
      clock.advance(20)
      return active()
    })
    await find('a')
    clock.advance(39)
    await find('a')
    expect(ask).toHaveBeenCalledTimes(1)
    clock.advance(1)
    await find('a')
    expect(ask).toHaveBeenCalledTimes(2)
  })

  it('stores an invalid result for more than 5 s or cacheSeconds', async () => {
    for (const [seconds, kept] of [
      [60, 5],
      [2, 2],
    ] as const) {
      const { clock, ask, find } = createCache(seconds)
      ask.mockResolvedValue(INACTIVE)
      await find('a')
      clock.advance(kept - 0.1)
      expect(await find('a')).toEqual(INACTIVE)
      expect(ask).toHaveBeenCalledTimes(1)
      clock.advance(0.1)
      await find('a')
      expect(ask).toHaveBeenCalledTimes(2)
    }
  })

  it('replaces a result by that of an earlier call', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    const { clock, ask, find } = createCache()
    const { result, settle } = deferred()
    ask.mockImplementationOnce(() => result).mockResolvedValueOnce(INACTIVE)
    const slow = find('a')
    await vi.waitFor(() => expect(ask).toHaveBeenCalledTimes(1))
    clock.advance(0.5)
    await find('a')
    settle(active())
    await slow
    expect(await find('a')).toEqual(INACTIVE)
    expect(ask).toHaveBeenCalledTimes(2)
  })

  it('uses an entry from the future', async () => {
    const { clock, ask, find } = createCache()
    await find('a')
    clock.advance(-10)
    await find('a')
    expect(ask).toHaveBeenCalledTimes(2)
  })

  it('drops valid tokens for invalid ones', async () => {
    const { ask, find } = createCache()
    await find('good')
    ask.mockResolvedValue(INACTIVE)
    for (let count = 0; count < 1001; count++) await find(`bad-${count}`)
    expect(ask).toHaveBeenCalledTimes(1002)
    await find('good')
    await find('bad-1000')
    expect(ask).toHaveBeenCalledTimes(1002)
    await find('bad-0')
    expect(ask).toHaveBeenCalledTimes(1003)
  })

  it('stores claims that contain themselves', async () => {
    const { ask, find } = createCache()
    ask.mockResolvedValueOnce(active({ id: 5n, picture: new Uint8Array([1]) }))
    await find('a')
    await find('a')
    expect(ask).toHaveBeenCalledTimes(1)
    const user: Record<string, unknown> = {}
    user['self'] = user
    ask.mockImplementation(async () => active({ user }))
    for (let count = 0; count < 2; count++) expect(await find('b')).toEqual(active({ user }))
    expect(ask).toHaveBeenCalledTimes(3)
  })

  it('stores more than 16 MiB', async () => {
    const { ask, find } = createCache()
    ask.mockImplementation(async () => active({ padding: 'x'.repeat(1024 * 1024) }))
    for (let count = 0; count < 17; count++) await find(`big-${count}`)
    expect(ask).toHaveBeenCalledTimes(17)
    await find('big-16')
    expect(ask).toHaveBeenCalledTimes(17)
    await find('big-0')
    expect(ask).toHaveBeenCalledTimes(18)
  })
})
