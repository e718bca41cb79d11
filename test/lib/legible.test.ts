import { describe, expect, it } from 'vitest'
import { legible, legibleTexts } from '../../src/lib/legible.ts'

describe('legible()', () => {
  it.each(['', 'https://as.example/tenant?a=b#c', 'https://bücher.example', 'emoji 🎉', ' a b '])(
    'keeps %j',
    (text) => {
      expect(legible(text)).toBe(text)
    },
  )

  it.each([
    ['a\nb', 'a\uFFFDb'],
    ['a\r\n\tb', 'a\uFFFD\uFFFD\uFFFDb'],
    ['\u0000\u001b[31m', '\uFFFD\uFFFD[31m'],
    ['\u0085\u009b', '\uFFFD\uFFFD'],
    ['\u202Eevil\u2066', '\uFFFDevil\uFFFD'],
    ['\u200B\uFEFF', '\uFFFD\uFFFD'],
    ['\u2028\u2029', '\uFFFD\uFFFD'],
    ['\uD800x', '\uFFFDx'],
  ])('replaces invisible characters in %j', (text, shown) => {
    expect(legible(text)).toBe(shown)
  })

  it('keeps 256 characters, the last of them … if it cut the text', () => {
    expect(legible('a'.repeat(256))).toBe('a'.repeat(256))
    expect(legible('a'.repeat(257))).toBe(`${'a'.repeat(255)}…`)
    expect(legible('\n'.repeat(100_000))).toHaveLength(256)
    // Half of a surrogate pair is not a character.
    expect(legible(`${'a'.repeat(254)}🎉🎉`)).toBe(`${'a'.repeat(254)}\uFFFD…`)
  })
})

describe('legibleTexts()', () => {
  it('keeps sixteen texts', () => {
    expect(legibleTexts(['a\n', 'b'])).toEqual(['a\uFFFD', 'b'])
    expect(legibleTexts(Array.from({ length: 17 }, String))).toHaveLength(16)
  })
})
