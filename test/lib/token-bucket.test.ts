import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TokenBucket } from '../../src/lib/token-bucket.ts'

describe('TokenBucket', () => {
  it('gives a burst of its size, then one token per interval', () => {
    const bucket = new TokenBucket(2, 15)
    expect([bucket.take(100), bucket.take(100), bucket.take(100)]).toEqual([true, true, false])
    expect(bucket.take(114.9)).toBe(false)
    expect(bucket.take(115)).toBe(true)
    expect(bucket.take(115)).toBe(false)
  })

  it('never has more tokens than its size', () => {
    const bucket = new TokenBucket(2, 15)
    bucket.take(0)
    expect([1, 2, 3].map(() => bucket.take(1_000_000))).toEqual([true, true, false])
  })

  it('returns whole seconds until the next token, at least one', () => {
    const bucket = new TokenBucket(1, 15)
    expect(bucket.secondsUntilNext(0)).toBe(1)
    bucket.take(0)
    expect(bucket.secondsUntilNext(0)).toBe(15)
    expect(bucket.secondsUntilNext(0.5)).toBe(15)
    expect(bucket.secondsUntilNext(14.9)).toBe(1)
  })

  it('adds no tokens for a clock that goes back and forth by less than the time of all tokens', () => {
    const bucket = new TokenBucket(1, 10)
    bucket.take(100)
    for (const now of [90, 95, 91, 109]) expect(bucket.take(now)).toBe(false)
    expect(bucket.take(110)).toBe(true)
  })

  it('counts from the new time after a clock has gone back by more than that', () => {
    const bucket = new TokenBucket(2, 15)
    const take = (now: number): boolean => bucket.take(now)
    expect([100_000, 100_000, 100_000].map(take)).toEqual([true, true, false])
    expect([13_600, 13_614, 13_615, 13_615].map(take)).toEqual([false, false, true, false])
    expect(bucket.secondsUntilNext(13_616)).toBe(14)
    expect([100_000, 100_000, 100_000].map(take)).toEqual([true, true, false])
  })

  it('adds no more tokens for old and new arrivals that alternate', () => {
    const bucket = new TokenBucket(1, 10)
    const taken = Array.from({ length: 100 }, (_, index) => bucket.take(index % 2 === 0 ? 100 : 90))
    expect(taken.filter((isTaken) => isTaken)).toHaveLength(1)
    expect(bucket.secondsUntilNext(90)).toBe(10)
    expect(bucket.take(100)).toBe(false)
  })

  it('gives at most its size and one token per interval in every period', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { maxLength: 100 }),
        (size, pauses) => {
          const bucket = new TokenBucket(size, 10)
          let now = 1000
          let taken = 0
          for (const pause of pauses) {
            now += pause
            if (bucket.take(now)) taken++
          }
          expect(taken).toBeLessThanOrEqual(size + (now - 1000) / 10 + 1e-6)
        },
      ),
    )
  })
})
