import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  fieldValue,
  isAccessToken,
  isToken,
  quote,
  splitList,
} from '../../src/lib/header-syntax.ts'
import { processorTime } from '../support/processor-time.ts'

const anyText = fc.string({ unit: 'binary' })

describe('quote()', () => {
  it.each([
    ['plain', '"plain"'],
    ['', '""'],
    ['Expected "Bearer <token>".', `"Expected 'Bearer <token>'."`],
    ['a\\b', '"a/b"'],
    ['a\r\nX-Injected: 1', '"a  X-Injected: 1"'],
    ['nul\0tab\t', '"nul tab "'],
    ['é', '"?"'],
    ['\u007f', '"?"'],
    ['😀', '"??"'],
    ['https://rs.example/.well-known/x?a=b&c', '"https://rs.example/.well-known/x?a=b&c"'],
  ])('ERR-11: writes %j as %s', (text, quoted) => {
    expect(quote(text)).toBe(quoted)
  })

  it('ERR-11: writes a quoted-string without escapes, inner quotes or line breaks', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(quote(text)).toMatch(/^"[\x20-\x21\x23-\x5b\x5d-\x7e]*"$/)
        expect(quote(text)).toHaveLength(text.length + 2)
      }),
    )
  })

  it('writes a value that Headers accepts', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const value = `Bearer a=${quote(text)}`
        expect(new Headers({ 'WWW-Authenticate': value }).get('WWW-Authenticate')).toBe(value)
      }),
    )
  })

  it('keeps allowed characters', () => {
    const allowed = fc.stringMatching(/^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/)
    fc.assert(
      fc.property(allowed, (text) => {
        expect(quote(text)).toBe(`"${text}"`)
      }),
    )
  })
})

describe('isAccessToken()', () => {
  it('accepts visible ASCII without quotation mark, comma and backslash', () => {
    const taken = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code))
      .filter((character) => isAccessToken(character))
      .join('')
    expect(taken).toBe(
      "!#$%&'()*+-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~",
    )
  })

  it.each(['a', 'a.b.c', 'A-Z_0~9+/', 'a==', '=', 'a=b', 'user:grant:secret', '1|abc'])(
    'accepts %s',
    (text) => {
      expect(isAccessToken(text)).toBe(true)
    },
  )

  it.each(['', 'a b', 'a,b', '"a"', 'a\\b', 'é', 'a\n', '\na', 'a\0', ' a', 'a '])(
    'rejects %j',
    (text) => {
      expect(isAccessToken(text)).toBe(false)
    },
  )
})

describe('isToken()', () => {
  it.each(['Bearer', 'x-y', "!#$%&'*+-.^_`|~09azAZ"])('accepts %s', (text) => {
    expect(isToken(text)).toBe(true)
  })

  it.each(['', 'a b', 'a:b', 'a,b', '"a"', 'a/b', 'a\n', 'é'])('rejects %j', (text) => {
    expect(isToken(text)).toBe(false)
  })
})

describe('splitList()', () => {
  it('drops blanks and empty members', () => {
    expect(splitList(' a, b ,,c,')).toEqual(['a', 'b', 'c'])
    expect(splitList('')).toEqual([])
  })

  it('splits what was joined with commas', () => {
    const member = fc.stringMatching(/^[A-Za-z0-9-]+$/)
    fc.assert(
      fc.property(fc.array(member), (list) => {
        expect(splitList(list.join(', '))).toEqual(list)
      }),
    )
  })
})

describe('fieldValue()', () => {
  // `Headers` removes white space; workerd's do not.
  const read = (value: string | null) => fieldValue({ get: () => value }, 'Authorization')

  it.each([
    ['Bearer a', 'Bearer a'],
    ['Bearer a \t ', 'Bearer a'],
    ['Bearer a\u00a0', 'Bearer a\u00a0'],
    [' \t', ''],
    ['', ''],
    [null, null],
  ])('REQ-03: reads %j as %j', (value, expected) => {
    expect(read(value)).toBe(expected)
  })

  it('takes a time that is linear in the length', () => {
    const value = `${' '.repeat(1_000_000)}x`
    expect(processorTime(() => expect(read(value)).toBe(value))).toBeLessThan(1000)
  })
})
