import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deepFreeze, isObject, kindOf, parseDocument } from '../../src/lib/json.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('parseDocument()', () => {
  it('parses every JSON object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const text = JSON.stringify(value)
        expect(parseDocument(bytesOf(text))).toEqual(JSON.parse(text))
      }),
    )
  })

  it.each(['', '{', 'undefined', '{"a":1,}', "{'a':1}", '[]', 'null', '1', '"a"', 'true'])(
    'rejects %j',
    (text) => {
      expect(parseDocument(bytesOf(text))).toBeUndefined()
    },
  )

  it('ignores one byte order mark at the beginning', () => {
    expect(parseDocument(bytesOf('\ufeff{"a":1}'))).toEqual({ a: 1 })
    expect(parseDocument(bytesOf('\ufeff\ufeff{"a":1}'))).toBeUndefined()
    expect(parseDocument(bytesOf('{\ufeff"a":1}'))).toBeUndefined()
  })

  it('rejects bytes that are not UTF-8', () => {
    expect(parseDocument(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d))).toBeUndefined()
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void parseDocument(bytes)))
  })

  it('uses the last of duplicate members', () => {
    expect(parseDocument(bytesOf('{"a":1,"a":2}'))).toEqual({ a: 2 })
  })

  it('returns an object without a prototype, even with a member __proto__', () => {
    const value = parseDocument(bytesOf('{"__proto__":{"a":1}}'))
    expect(Object.getPrototypeOf(value)).toBe(null)
    expect((value as { a?: number }).a).toBeUndefined()
  })
})

describe('isObject()', () => {
  it.each([null, undefined, [], 1, '', () => 0])('is false for %j', (value) => {
    expect(isObject(value)).toBe(false)
  })

  it('is true for objects', () => {
    expect(isObject({})).toBe(true)
    expect(isObject(Object.create(null))).toBe(true)
  })
})

describe('kindOf()', () => {
  it.each([
    [null, 'null'],
    [undefined, 'nothing'],
    [[], 'an array'],
    [{}, 'an object'],
    ['secret', 'a string'],
    [5, 'a number'],
    [true, 'a boolean'],
    [() => 0, 'a function'],
  ])('names %j without repeating it', (value, kind) => {
    expect(kindOf(value)).toBe(kind)
  })
})

describe('deepFreeze()', () => {
  it('freezes everything around bytes, which cannot be frozen', () => {
    const value = { bytes: new Uint8Array(1), list: [1] }
    expect(deepFreeze(value)).toBe(value)
    expect([value, value.list].map(Object.isFrozen)).toEqual([true, true])
  })

  it('freezes nested objects and arrays', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(deepFreeze(value)).toBe(value)
        const open: unknown[] = [value]
        for (let each = open.pop(); each !== undefined; each = open.pop()) {
          expect(Object.isFrozen(each)).toBe(true)
          if (typeof each === 'object' && each !== null) open.push(...Object.values(each))
        }
      }),
    )
  })
})
