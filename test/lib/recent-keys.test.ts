import { describe, expect, it } from 'vitest'
import { RecentKeys } from '../../src/lib/recent-keys.ts'

function createKeys(): RecentKeys {
  return new RecentKeys({ maxKeys: 2, seconds: 5 })
}

describe('RecentKeys', () => {
  it('keeps a key for its seconds, counted from when it was last added', () => {
    const keys = createKeys()
    keys.add('a', 10)
    expect([10, 12, 14.5, 15, 16].map((now) => keys.secondsLeft('a', now))).toEqual([
      5, 3, 0.5, 0, 0,
    ])
    keys.add('a', 14)
    expect(keys.secondsLeft('a', 16)).toBe(3)
  })

  it('does not have a key that was not added or was deleted', () => {
    const keys = createKeys()
    expect(keys.secondsLeft('a', 0)).toBe(0)
    expect(keys.isEmpty).toBe(true)
    keys.add('a', 0)
    keys.add('b', 0)
    keys.delete('a')
    expect(keys.isEmpty).toBe(false)
    expect([keys.secondsLeft('a', 0), keys.secondsLeft('b', 0)]).toEqual([0, 5])
  })

  it('drops the key that was added longest ago', () => {
    const keys = createKeys()
    keys.add('a', 0)
    keys.add('b', 0)
    keys.add('a', 1)
    keys.add('c', 1)
    expect(['a', 'b', 'c'].map((key) => keys.secondsLeft(key, 1))).toEqual([5, 0, 5])
  })

  it('ignores a key that was added before the clock went back', () => {
    const keys = createKeys()
    keys.add('a', 10)
    expect(keys.secondsLeft('a', 9.9)).toBe(0)
    expect(keys.secondsLeft('a', 10)).toBe(5)
  })
})
