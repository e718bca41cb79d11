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

  it('drops as many entries as the size of a new value needs', () => {
    const map = new BoundedMap<string>({
      maxEntries: 9,
      maxSize: 10,
      sizeOf: ({ length }) => length,
    })
    for (const text of ['aaaa', 'bbbb', 'cc', 'ddddd']) map.set(text.charAt(0), text)
    expect(texts(['a', 'b', 'c', 'd'], map)).toEqual([undefined, undefined, 'cc', 'ddddd'])
  })

  it('counts the size of replaced and deleted values no longer', () => {
    const map = new BoundedMap<string>({
      maxEntries: 9,
      maxSize: 4,
      sizeOf: ({ length }) => length,
    })
    map.set('a', 'xxx')
    map.set('a', 'x')
    map.set('b', 'xxx')
    expect(map.size).toBe(2)
    map.delete('b')
    map.set('c', 'xxx')
    expect(map.size).toBe(2)
  })

  it('does not store a value that is larger than the map, and removes its predecessor', () => {
    const map = new BoundedMap<string>({
      maxEntries: 9,
      maxSize: 4,
      sizeOf: ({ length }) => length,
    })
    map.set('a', 'xxxx')
    map.set('a', 'xxxxx')
    expect(map.size).toBe(0)
    map.set('b', 'xxxx')
    expect(map.get('b')).toBe('xxxx')
  })
})
