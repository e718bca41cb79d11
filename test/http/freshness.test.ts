import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { freshSeconds } from '../../src/http/freshness.ts'

const BOUNDS = { least: 60, most: 3600, otherwise: 600 }
const DATE = 'Sun, 22 Nov 2026 08:49:37 GMT'
/** A clock two minutes behind that of the server. */
const RECEIVED_AT = Date.parse(DATE) / 1000 - 120

describe('freshSeconds()', () => {
  it.each<[Record<string, string>, number]>([
    [{}, 600],
    [{ 'Cache-Control': 'max-age=120' }, 120],
    [{ 'Cache-Control': 'public, Max-Age=120, immutable' }, 120],
    [{ 'Cache-Control': 'max-age="120"' }, 120],
    [{ 'Cache-Control': 'max-age=300', Age: '100' }, 200],
    [{ 'Cache-Control': 'max-age=120', Age: '100' }, 60],
    [{ 'Cache-Control': 'max-age=0' }, 60],
    [{ 'Cache-Control': 'no-store' }, 60],
    [{ 'Cache-Control': 'no-cache, max-age=1000' }, 60],
    [{ 'Cache-Control': 'max-age=31536000' }, 3600],
    [{ 'Cache-Control': 'max-age=-1' }, 60],
    [{ 'Cache-Control': 'max-age=soon' }, 60],
    [{ 'Cache-Control': 'max-age=' }, 60],
    [{ 'Cache-Control': 'max-age=soon', Date: DATE, Expires: 'Sun, 22 Nov 2026 08:54:37 GMT' }, 60],
    [{ 'Cache-Control': 'x-max-age=soon, max-age' }, 600],
    [{ 'Cache-Control': 's-maxage=120' }, 600],
    [{ Date: DATE, Expires: 'Sun, 22 Nov 2026 08:59:37 GMT' }, 600],
    [{ Date: DATE, Expires: 'Sun, 22 Nov 2026 08:54:37 GMT' }, 300],
    [{ Date: DATE, Expires: 'Sun, 22 Nov 2026 08:54:37 GMT', Age: '100' }, 200],
    [{ Date: DATE, Expires: '0' }, 60],
    [{ Date: DATE, Expires: 'Sun, 22 Nov 2025 08:49:37 GMT' }, 60],
    [{ Expires: 'Sun, 22 Nov 2026 08:54:37 GMT' }, 420],
    [{ Date: 'today', Expires: 'Sun, 22 Nov 2026 08:54:37 GMT', Age: '100' }, 320],
    [{ Expires: '0' }, 60],
    [{ Expires: '' }, 60],
    [{ 'Cache-Control': 'max-age=120', Date: DATE, Expires: '0' }, 120],
    [{ 'Cache-Control': 'max-age=120 ' }, 120],
    [{ 'Cache-Control': 'max-age="120 "' }, 120],
    [{ 'Cache-Control': 'max-age=120s' }, 60],
    [{ 'Cache-Control': `max-age=${'9'.repeat(16)}` }, 3600],
    [{ 'Cache-Control': `max-age=${'9'.repeat(400)}`, Age: '9'.repeat(400) }, 60],
    [{ Date: DATE }, 600],
  ])('%j: %d s', (headers, seconds) => {
    expect(freshSeconds(new Headers(headers), BOUNDS, RECEIVED_AT)).toBe(seconds)
  })

  it('returns 0 if the bounds allow no time', () => {
    const bounds = { least: 0, most: 3600, otherwise: 600 }
    for (const headers of [{ 'Cache-Control': 'no-store' }, { Date: DATE, Expires: 'never' }]) {
      expect(freshSeconds(new Headers(headers as Record<string, string>), bounds, 0)).toBe(0)
    }
  })

  it('stays within its bounds', () => {
    const value = fc.stringMatching(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/)
    const headers = fc.record(
      { 'Cache-Control': value, Age: value, Expires: value, Date: value },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(headers, (each) => {
        const seconds = freshSeconds(
          new Headers(each as Record<string, string>),
          BOUNDS,
          RECEIVED_AT,
        )
        expect(seconds).toBeGreaterThanOrEqual(60)
        expect(seconds).toBeLessThanOrEqual(3600)
      }),
    )
  })
})
