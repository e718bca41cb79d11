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

/** An answer that comes when it is told to. */
function deferred() {
  let settle: (answer: ClaimsResult) => void = () => {}
  const answer = new Promise<ClaimsResult>((resolve) => {
    settle = resolve
  })
  return { answer, settle }
}

/** The token's digest comes first; what is asked is asked in the turn after it is there. */
async function allDigested(digest: MockInstance<SubtleCrypto['digest']>): Promise<void> {
  await Promise.all(digest.mock.results.map(({ value }) => value))
  await new Promise((resolve) => setImmediate(resolve))
}

afterEach(() => vi.unstubAllGlobals())

describe('ResponseCache gives', () => {
  it('each token its own answer', async () => {
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

  it('nothing of the token but its digest a place', async () => {
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

  it('an answer under way to whoever asks the same, and all its time to the question', async () => {
    const { ask, find } = createCache()
    const { answer, settle } = deferred()
    ask.mockImplementationOnce(() => answer)
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

  it('on Workers nobody the answer to another request', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    const { ask, find } = createCache()
    const { answer, settle } = deferred()
    ask.mockImplementationOnce(() => answer)
    const first = find('a')
    // Digests are made side by side: only now is it the first one that asks.
    await vi.waitFor(() => expect(ask).toHaveBeenCalledTimes(1))
    expect(await find('a')).toEqual(active())
    expect(ask).toHaveBeenCalledTimes(2)
    settle(INACTIVE)
    expect(await first).toEqual(INACTIVE)
  })

  it('no answer after the budget of a request: a timeout, and the work goes on', async () => {
    const { ask, find } = createCache(60, 20)
    const { answer, settle } = deferred()
    ask.mockImplementationOnce(() => answer)
    expect(await find('a')).toMatchObject({
      ok: false,
      error: { code: 'unavailable', cause: { code: 'timeout', url: 'https://as.example' } },
    })
    settle(active({ sub: 'late' }))
    await answer
    expect(await find('a')).toEqual(active({ sub: 'late' }))
    expect(ask).toHaveBeenCalledTimes(1)
  })

  it('a new question where one under way is past its deadline', async () => {
    const { clock, ask, find } = createCache(60, 1000)
    ask.mockImplementationOnce(() => new Promise(() => {}))
    void find('a')
    await vi.waitFor(() => expect(ask).toHaveBeenCalledTimes(1))
    clock.advance(1.1)
    expect(await find('a')).toEqual(active())
  })
})

describe('ResponseCache has bounds', () => {
  const expires = { exp: START + 3600 }

  async function fill(find: (token: string) => Promise<unknown>, count: number) {
    for (let index = 0; index < count; index++) await find(`t${index}`)
  }

  it('of 10000 answers, and the oldest goes first', async () => {
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

  it('of 1000 times no', async () => {
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

  it('of 16 Mi characters, and keeps nothing longer than that', async () => {
    const { ask, find } = createCache()
    const sized = (size: number) =>
      active({ pad: 'x'.repeat(size - JSON.stringify({ ...expires, pad: '' }).length) })
    ask.mockResolvedValueOnce(active()).mockResolvedValueOnce(sized(16_777_217))
    await find('small')
    await find('too long')
    await find('small')
    expect(ask).toHaveBeenCalledTimes(2)
    ask.mockResolvedValueOnce(sized(16_777_216))
    await find('just right')
    await find('just right')
    expect(ask).toHaveBeenCalledTimes(3)
    ask.mockClear()
    ask.mockResolvedValue(INACTIVE)
    await fill(find, 200)
    ask.mockResolvedValue(active())
    ask.mockClear()
    ask.mockResolvedValueOnce(sized(16_777_216 - 100)).mockResolvedValueOnce(sized(100))
    await find('first')
    await find('second')
    await find('first')
    await find('second')
    expect(ask).toHaveBeenCalledTimes(2)
    ask.mockResolvedValueOnce(sized(60))
    await find('third')
    await find('second')
    await find('third')
    expect(ask).toHaveBeenCalledTimes(3)
    await find('first')
    expect(ask).toHaveBeenCalledTimes(4)
  })

  it('of 1000 questions under way, beyond which none is shared', async () => {
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

  it('of one deadline for what is under way, to the very end', async () => {
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

  it('of a second, or less', async () => {
    const { clock, ask, find } = createCache(0.5)
    await find('a')
    clock.advance(0.4)
    await find('a')
    expect(ask).toHaveBeenCalledTimes(1)
    clock.advance(0.1)
    await find('a')
    expect(ask).toHaveBeenCalledTimes(2)
  })

  it('and says what it waited for, and how long', async () => {
    const { ask, find } = createCache(60, 20)
    ask.mockReturnValue(new Promise(() => {}))
    const outcome = await find('a')
    expect(outcome.ok ? undefined : String(outcome.error.cause)).toContain(
      'https://as.example did not answer within 20 ms',
    )
  })
})

describe('ResponseCache, of answers that overtake each other,', () => {
  /** Two questions on Workers, where none is shared: a second apart unless told otherwise. */
  async function ask2(apart = 0.5) {
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    const cache = createCache()
    const [first, second] = [deferred(), deferred()]
    cache.ask.mockImplementationOnce(() => first.answer).mockImplementationOnce(() => second.answer)
    const one = cache.find('a')
    await vi.waitFor(() => expect(cache.ask).toHaveBeenCalledTimes(1))
    cache.clock.advance(apart)
    const two = cache.find('a')
    await vi.waitFor(() => expect(cache.ask).toHaveBeenCalledTimes(2))
    return { ...cache, first, second, one, two }
  }

  it('believes the one that was asked for last: no', async () => {
    const { first, second, one, two, find } = await ask2()
    first.settle(active())
    await one
    second.settle(INACTIVE)
    await two
    expect(await find('a')).toEqual(INACTIVE)
  })

  it('believes the one that was asked for last: yes', async () => {
    const { first, second, one, two, find, ask } = await ask2()
    second.settle(active({ sub: 'second' }))
    await two
    first.settle(INACTIVE)
    await one
    expect(await find('a')).toEqual(active({ sub: 'second' }))
    expect(ask).toHaveBeenCalledTimes(2)
  })

  it('forgets the no before a yes, also when that is over soon', async () => {
    const { first, second, one, two, find, ask, clock } = await ask2()
    first.settle(INACTIVE)
    await one
    second.settle(active({ exp: START + 1 }))
    await two
    clock.advance(1)
    expect(await find('a')).toEqual(active())
    expect(ask).toHaveBeenCalledTimes(3)
  })

  it('believes the one that came last where both were asked for at once', async () => {
    const { first, second, one, two, find } = await ask2(0)
    first.settle(active())
    await one
    second.settle(INACTIVE)
    await two
    expect(await find('a')).toEqual(INACTIVE)
  })

  it('gives one request its own answer under way, even on Workers', async () => {
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

  it('keeps a question under way in mind when an older one ends', async () => {
    const digest = vi.spyOn(crypto.subtle, 'digest')
    const { ask, find, clock } = createCache(60, 1000)
    const { answer, settle } = deferred()
    ask.mockImplementationOnce(() => answer).mockReturnValue(new Promise(() => {}))
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

  it('keeps answers again after the clock has gone back', async () => {
    const { ask, find, clock } = createCache()
    await find('a')
    clock.advance(-100)
    await find('a')
    await find('a')
    expect(ask).toHaveBeenCalledTimes(2)
  })
})

describe('ResponseCache never', () => {
  it('shares a question under way without a time to keep its answer', async () => {
    const digest = vi.spyOn(crypto.subtle, 'digest')
    const { ask, find } = createCache(0)
    ask.mockReturnValue(new Promise(() => {}))
    for (let count = 0; count < 2; count++) void find('a')
    await allDigested(digest)
    expect(ask).toHaveBeenCalledTimes(2)
    digest.mockRestore()
  })

  it('shares anything without a time to keep it, not even what is under way', async () => {
    const { ask, find } = createCache(0)
    await Promise.all([find('a'), find('a')])
    await find('a')
    expect(ask).toHaveBeenCalledTimes(3)
  })

  it('keeps a failure', async () => {
    const { ask, find } = createCache()
    ask.mockResolvedValueOnce({ ok: false, error: { code: 'unavailable' } })
    expect((await find('a')).ok).toBe(false)
    expect((await find('a')).ok).toBe(true)
  })

  it('remembers a rejected question', async () => {
    const { ask, find } = createCache()
    ask.mockRejectedValueOnce(new Error('oh'))
    await expect(find('a')).rejects.toThrow('oh')
    expect((await find('a')).ok).toBe(true)
  })

  it('keeps an answer beyond exp, or one without exp', async () => {
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

  it('counts from when the answer came: it counts from when it was asked for', async () => {
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

  it('keeps a no for longer than 5 s, or than it was told', async () => {
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

  it('lets a late answer undo a younger one', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    const { clock, ask, find } = createCache()
    const { answer, settle } = deferred()
    ask.mockImplementationOnce(() => answer).mockResolvedValueOnce(INACTIVE)
    const slow = find('a')
    await vi.waitFor(() => expect(ask).toHaveBeenCalledTimes(1))
    clock.advance(0.5)
    await find('a')
    settle(active())
    await slow
    expect(await find('a')).toEqual(INACTIVE)
    expect(ask).toHaveBeenCalledTimes(2)
  })

  it('believes an entry from the future', async () => {
    const { clock, ask, find } = createCache()
    await find('a')
    clock.advance(-10)
    await find('a')
    expect(ask).toHaveBeenCalledTimes(2)
  })

  it('lets refused tokens displace accepted ones, or more than its share of itself', async () => {
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

  it('keeps more text than 16 MiB', async () => {
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
