import { describe, expect, it } from 'vitest'
import { copyOfText, heldBytes, textBytes } from '../../src/lib/held-bytes.ts'

const NONE = () => false

describe('heldBytes()', () => {
  it.each([
    ['numbers in place', [1, -5, 0], 48 + 3 * 8],
    ['other numbers', [1.5, 1e12], 48 + 2 * (8 + 16)],
    ['true, false and null', [true, false, null], 48 + 3 * 8],
    ['text', ['12345678', '123456789'], 48 + 2 * 8 + (16 + 8) + (16 + 16)],
    ['text that is not Latin-1', '€€€€', 16 + 8],
    ['objects', { a: {}, b: { c: 1 } }, 24 + 2 * 8 + 24 + 24 + 8],
    ['an empty list', [], 48],
  ])('counts %s', (_, value, bytes) => {
    expect(heldBytes(value, NONE)).toBe(bytes)
  })

  it('counts shared text once, elsewhere', () => {
    expect(heldBytes({ a: 'shared', b: ['shared', 'own'] }, (text) => text === 'shared')).toBe(
      24 + 2 * 8 + 48 + 2 * 8 + 24,
    )
  })

  it.each([
    [64, 24 + 64 * 8],
    [65, 24 + 65 * (72 + 24)],
  ])('counts the names of an object of %i members, which is a table from 65', (count, bytes) => {
    const members = Array.from({ length: count }, (_, index) => [`a${index}`, index])
    expect(heldBytes(Object.fromEntries(members), NONE)).toBe(bytes)
  })

  it('counts no names of a list, however long', () => {
    expect(heldBytes(Array.from({ length: 65 }).fill(0), NONE)).toBe(48 + 65 * 8)
  })

  it('counts infinitely many for more than 16 MiB', () => {
    const bytesOf = (length: number) => heldBytes([new Uint8Array(length)], NONE)
    const whole = 16 * 1024 * 1024
    expect(bytesOf(whole - 48 - 8 - 24)).toBe(whole)
    expect(bytesOf(whole - 48 - 8 - 23)).toBe(Number.POSITIVE_INFINITY)
  })

  it('counts bytes, and no big integers', () => {
    expect(heldBytes([new Uint8Array(100), 5n], NONE)).toBe(48 + 2 * 8 + 24 + 100)
  })

  it('counts infinitely many for more than 64 levels', () => {
    const nested = (levels: number) =>
      Array.from({ length: levels }).reduce<unknown>((value) => [value], 0)
    expect(heldBytes(nested(65), NONE)).toBe(65 * (48 + 8))
    expect(heldBytes(nested(66), NONE)).toBe(Number.POSITIVE_INFINITY)
    const own: Record<string, unknown> = {}
    own['self'] = own
    expect(heldBytes(own, NONE)).toBe(Number.POSITIVE_INFINITY)
  })

  it('comes to an end for values that contain one object in very many places', () => {
    const own: Record<string, unknown> = {}
    own['one'] = own
    own['other'] = [own, own]
    expect(heldBytes(own, NONE)).toBe(Number.POSITIVE_INFINITY)
    const doubled = Array.from({ length: 60 }).reduce<unknown>((value) => [value, value], 0)
    expect(heldBytes(doubled, NONE)).toBe(Number.POSITIVE_INFINITY)
  })

  it('counts what many small values hold', () => {
    const lists = Object.fromEntries(Array.from({ length: 900 }, (_, index) => [`a${index}`, []]))
    expect(heldBytes(lists, NONE)).toBeGreaterThan(83_000)
  })
})

describe('textBytes()', () => {
  it('rounds up to words', () => {
    expect([0, 1, 8, 9].map((length) => textBytes('x'.repeat(length)))).toEqual([16, 24, 24, 32])
    expect(textBytes('ä'.repeat(8))).toBe(24)
    expect(textBytes('Ā'.repeat(8))).toBe(32)
  })
})

describe('copyOfText()', () => {
  it.each(['', 'Bearer a.b.c', 'ä€😀', '\ufeffa'])('gives an equal text: %j', (text) => {
    expect(copyOfText(text)).toBe(text)
  })
})
