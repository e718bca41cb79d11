import { describe, expect, it } from 'vitest'
import { Backoff } from '../../src/lib/backoff.ts'

describe('Backoff', () => {
  it('doubles its pauses up to the longest', () => {
    const backoff = new Backoff({ firstSeconds: 1, longestSeconds: 5 })
    const pauses = [1, 2, 3, 4].map(() => {
      backoff.start(10)
      return backoff.secondsLeft(10)
    })
    expect(pauses).toEqual([1, 2, 4, 5])
    expect([backoff.endsAt, backoff.secondsLeft(14.5), backoff.secondsLeft(15)]).toEqual([
      15, 0.5, 0,
    ])
  })

  it('starts with the first pause again after a reset', () => {
    const backoff = new Backoff({ firstSeconds: 1, longestSeconds: 5 })
    backoff.start(10)
    backoff.start(10)
    backoff.reset()
    expect(backoff.secondsLeft(10)).toBe(0)
    backoff.start(10)
    expect(backoff.secondsLeft(10)).toBe(1)
  })

  it('takes a shorter limit for one pause', () => {
    const backoff = new Backoff({ firstSeconds: 4, longestSeconds: 9 })
    backoff.start(0, 3)
    expect(backoff.secondsLeft(0)).toBe(3)
  })

  it('does not pause when the clock that set the pause has gone back', () => {
    const backoff = new Backoff({ firstSeconds: 1, longestSeconds: 5 })
    backoff.start(1000)
    expect(backoff.secondsLeft(10)).toBe(0)
  })

  it('covers the failures of what began before the pause, also in the same tick of the clock', () => {
    const backoff = new Backoff({ firstSeconds: 1, longestSeconds: 5 })
    expect(backoff.covers(0, 10)).toBe(false)
    backoff.start(10)
    expect([9, 10, 10.5].map((since) => backoff.covers(since, 20))).toEqual([true, true, false])
    // The clock has gone back since.
    expect(backoff.covers(4, 5)).toBe(false)
  })
})
