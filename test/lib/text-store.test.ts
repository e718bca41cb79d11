import { describe, expect, it } from 'vitest'
import { storedBytes, TextStore } from '../../src/lib/text-store.ts'

describe('TextStore', () => {
  it.each([0, 1, 3, 4, 28, 29, 31, 32, 33, 60, 61, 64, 68, 69, 136, 137, 4096])(
    'holds a text of %i characters',
    (length) => {
      const store = new TextStore()
      const text = textOf(length, 1)
      const place = placeIn(store, text)
      expect(store.holds(place, length, text)).toBe(true)
      expect(store.holds(place, length, `${text}a`)).toBe(false)
      expect(store.holds(place, length, text.slice(1))).toBe(length === 0)
    },
  )

  it('distinguishes a text from every other that differs in one character', () => {
    const store = new TextStore()
    const text = textOf(150, 1)
    const place = placeIn(store, text)
    for (let index = 0; index < text.length; index++) {
      // In one bit, which may be anywhere in a packed text.
      for (let bit = 1; bit < 128; bit *= 2) {
        const code = text.charCodeAt(index) ^ bit
        const other = text.slice(0, index) + String.fromCharCode(code) + text.slice(index + 1)
        expect(store.holds(place, text.length, other)).toBe(false)
      }
    }
  })

  it('distinguishes the end of a text from characters whose bytes are zero', () => {
    const store = new TextStore()
    const place = placeIn(store, 'abc')
    expect(store.holds(place, 3, 'abc\0')).toBe(false)
    expect(store.holds(place, 3, 'ab\0')).toBe(false)
  })

  it.each(['aé', 'a\u0141', 'a\ud800', '😀'])(
    'stores %j neither, nor takes it for another',
    (text) => {
      const store = new TextStore()
      const place = placeIn(store, 'aA')
      expect(store.add(text)).toBeUndefined()
      expect(store.holds(place, 2, text)).toBe(false)
    },
  )

  it('holds others when one is removed, and uses its blocks again', () => {
    const store = new TextStore()
    const held = new Map<number, string>()
    let used = 0
    for (let step = 0; step < 5000; step++) {
      const text = textOf((step * 37) % 400, step)
      const place = placeIn(store, text)
      used = Math.max(used, ...(text === '' ? [] : [place]))
      if (text !== '') held.set(place, text)
      const [oldest] = held
      if (held.size > 20 && oldest !== undefined) {
        expect(store.holds(oldest[0], oldest[1].length, oldest[1])).toBe(true)
        store.remove(oldest[0])
        held.delete(oldest[0])
      }
    }
    for (const [place, text] of held) expect(store.holds(place, text.length, text)).toBe(true)
    // Twenty-one texts of at most seven blocks each.
    expect(used).toBeLessThan(21 * 7)
  })

  it('counts whole blocks', () => {
    // 15 words and a link; of eight words with four characters each, seven.
    const lengths = [0, 1, 60, 64, 65, 68, 69, 600, 4096]
    expect(lengths.map(storedBytes)).toEqual([0, 64, 64, 64, 64, 64, 128, 576, 3840])
  })
})

function placeIn(store: TextStore, text: string): number {
  return store.add(text) ?? Number.NaN
}

function textOf(length: number, seed: number): string {
  return Array.from({ length }, (_, index) => ((index * 7 + seed) % 36).toString(36)).join('')
}
