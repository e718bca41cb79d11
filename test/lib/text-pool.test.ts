import { describe, expect, it } from 'vitest'
import { TextPool } from '../../src/lib/text-pool.ts'

describe('TextPool', () => {
  it('returns an equal text for every text', () => {
    const pool = new TextPool()
    for (const text of ['', 'a', '__proto__', 'x'.repeat(300), 'a', 'x'.repeat(300)]) {
      expect(pool.share(text)).toBe(text)
    }
  })

  it('returns an equal text after more texts than it keeps', () => {
    const pool = new TextPool()
    for (let number = 0; number < 5000; number++) {
      expect(pool.share(`text ${number % 1500}`)).toBe(`text ${number % 1500}`)
    }
  })
})
