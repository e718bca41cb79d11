import { describe, expect, it } from 'vitest'
import { BoundedMap } from '../../src/lib/bounded-map.ts'

const texts = (keys: readonly string[], map: BoundedMap<string>) => keys.map((key) => map.get(key))

describe('BoundedMap', () => {
  it('drops the entry that was set longest ago', () => {
    const map = new BoundedMap<string>({ maxEntries: 2 })
    for (const key of ['a', 'b', 'a', 'c']) map.set(key, key)
    expect(texts(['a', 'b', 'c'], map)).toEqual(['a', undefined, 'c'])
    expect(map.size).toBe(2)
  })

  it('does not count reading as setting', () => {
    const map = new BoundedMap<string>({ maxEntries: 2 })
    map.set('a', 'a')
    map.set('b', 'b')
    map.get('a')
    map.set('c', 'c')
    expect(texts(['a', 'b', 'c'], map)).toEqual([undefined, 'b', 'c'])
  })

  it('replaces and deletes values', () => {
    const map = new BoundedMap<string>({ maxEntries: 2 })
    map.set('a', 'one')
    map.set('a', 'two')
    expect(map.get('a')).toBe('two')
    map.delete('a')
    map.delete('a')
    expect([map.get('a'), map.size]).toEqual([undefined, 0])
  })
})
