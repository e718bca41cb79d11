import { describe, expect, it } from 'vitest'
import { SizedMap } from '../../src/lib/sized-map.ts'

const of = (size: number) => ({ size })

describe('SizedMap', () => {
  it('drops the entry that was set longest ago, and its size', () => {
    const map = new SizedMap({ maxEntries: 2, maxSize: 10 })
    for (const key of ['a', 'b', 'a', 'c']) map.set(key, of(4))
    expect([...map.keys()]).toEqual(['a', 'c'])
    map.set('d', of(6))
    expect([...map.keys()]).toEqual(['c', 'd'])
  })

  it('drops as many entries as the size of a new value needs', () => {
    const map = new SizedMap({ maxEntries: 9, maxSize: 10 })
    for (const [key, size] of [
      ['a', 4],
      ['b', 4],
      ['c', 2],
      ['d', 5],
    ] as const) {
      map.set(key, of(size))
    }
    expect([...map.keys()]).toEqual(['c', 'd'])
  })

  it('counts the sizes of all values no longer after clear()', () => {
    const map = new SizedMap({ maxEntries: 9, maxSize: 4 })
    map.set('a', of(4)).clear()
    map.set('b', of(2)).set('c', of(2))
    expect([...map.keys()]).toEqual(['b', 'c'])
  })

  it('counts the size of replaced and deleted values no longer', () => {
    const map = new SizedMap({ maxEntries: 9, maxSize: 4 })
    map.set('a', of(3))
    map.set('a', of(1))
    map.set('b', of(3))
    expect(map.size).toBe(2)
    expect([map.delete('b'), map.delete('b')]).toEqual([true, false])
    map.set('c', of(3))
    expect(map.size).toBe(2)
  })

  it('does not store a value that is larger than the map, and removes its predecessor', () => {
    const map = new SizedMap({ maxEntries: 9, maxSize: 4 })
    map.set('a', of(4))
    map.set('a', of(5))
    expect(map.size).toBe(0)
    map.set('b', of(4))
    expect(map.get('b')).toEqual(of(4))
  })

  it('stores nothing where no entry is allowed', () => {
    const map = new SizedMap({ maxEntries: 0, maxSize: 4 })
    map.set('a', of(1))
    map.set('b', of(4))
    expect(map.size).toBe(0)
  })
})
