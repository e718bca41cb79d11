import { describe, expect, it } from 'vitest'
import { parseRetryAfter, retryAfter } from '../../src/http/retry-after.ts'

describe('retryAfter()', () => {
  it.each([
    [undefined, '5'],
    [15, '15'],
    // RFC 9110 §10.2.3: digits only.
    [0, '1'],
    [1.5, '2'],
    [-3, '1'],
    [1e21, '86400'],
    [Number.POSITIVE_INFINITY, '86400'],
    [Number.NaN, '5'],
  ])('for %s is %s', (seconds, expected) => {
    expect(retryAfter(seconds)).toEqual(['Retry-After', expected])
  })
})

describe('parseRetryAfter()', () => {
  const NOW = 1_800_000_000
  const date = (seconds: number) => new Date((NOW + seconds) * 1000).toUTCString()

  it.each<[string | null, number | undefined]>([
    [null, undefined],
    ['', undefined],
    ['soon', undefined],
    ['0', 1],
    ['1', 1],
    ['2', 2],
    ['86399', 86_399],
    ['86400', 86_400],
    ['86401', 86_400],
    ['999999999', 86_400],
    ['9999999999', undefined],
    ['x5', undefined],
    // The host reads more forms of dates than those of RFC 9110: 7 March 2001, and New Year.
    ['3.7', 1],
    ['1 Jan 2100', 86_400],
    [date(-60), 1],
    [date(0), 1],
    [date(1), 1],
    [date(61), 61],
    [date(90_000), 86_400],
  ])('of %s is %s', (value, expected) => {
    expect(parseRetryAfter(value, NOW)).toBe(expected)
  })

  it('rounds up', () => {
    expect(parseRetryAfter(date(10), NOW - 0.5)).toBe(11)
  })
})
