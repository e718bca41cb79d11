import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import {
  decodeBase64url,
  decodeBase64urlLeniently,
  decodeBase64urlText,
  encodeBase64url,
  isCanonicalBase64url,
} from '../../src/lib/base64url.ts'

describe('decodeBase64url()', () => {
  it('decodes every sequence of bytes that it encodes, in the spelling of the platform', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = encodeBase64url(bytes)
        expect(text).toBe(Buffer.from(bytes).toString('base64url'))
        expect(decodeBase64url(text)).toEqual(bytes)
      }),
    )
  })

  it.each(['A', 'AAAAA', 'AA==', 'AA=', 'A A', 'AA\n', 'A+', 'A/', 'AB', 'AAB', 'é', '.'])(
    'rejects %j',
    (text) => {
      expect(decodeBase64url(text)).toBeUndefined()
      expect(isCanonicalBase64url(text)).toBe(false)
    },
  )

  // Node 24 has no fromBase64; the suites of test/runtimes/ run on those that have.
  it('decodes with the function of the platform where there is one', () => {
    const fromBase64 = vi.fn((text: string, _options: object) =>
      Uint8Array.from(Buffer.from(text, 'base64url')),
    )
    Object.defineProperty(Uint8Array, 'fromBase64', { value: fromBase64, configurable: true })
    try {
      expect(decodeBase64url('-_8')).toEqual(Uint8Array.of(0xfb, 0xff))
      expect(decodeBase64url('-_9')).toBeUndefined()
    } finally {
      Reflect.deleteProperty(Uint8Array, 'fromBase64')
    }
    const options = { alphabet: 'base64url', lastChunkHandling: 'loose' }
    expect(fromBase64.mock.calls).toEqual([['-_8', options]])
  })

  it('accepts one spelling per value', () => {
    const text = fc.stringMatching(/^[A-Za-z0-9_-]{0,12}$/)
    fc.assert(
      fc.property(text, (spelling) => {
        const bytes = decodeBase64url(spelling)
        expect(bytes !== undefined).toBe(isCanonicalBase64url(spelling))
        if (bytes !== undefined) expect(encodeBase64url(bytes)).toBe(spelling)
      }),
    )
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeBase64url(text) === undefined).toBe(!isCanonicalBase64url(text))
      }),
    )
  })
})

describe('decodeBase64urlText()', () => {
  it('decodes every text, and rejects bytes that are not UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decodeBase64urlText(Buffer.from(text).toString('base64url'))).toBe(text)
      }),
    )
    expect(decodeBase64urlText('_w')).toBeUndefined()
    expect(decodeBase64urlText('YQ==')).toBeUndefined()
  })

  it.each([
    'YQ=',
    'YQ=A',
    'Y Q',
    ' YQ',
    'YWE\n',
    'YWE=',
    '\tYWEA',
    'YW E',
    'YWFh====',
    '    ',
    'Y+E',
    'Y/E',
    'YR',
    'YWF',
  ])('rejects %j, which lenient decoders read', (text) => {
    expect(decodeBase64urlText(text)).toBeUndefined()
  })

  it('accepts one spelling per value', () => {
    const text = fc.string({ unit: fc.constantFrom(...'AQgwYZaz09-_+/= \n\f\0é.') })
    fc.assert(
      fc.property(text, (spelling) => {
        const bytes = Buffer.from(spelling, 'base64url')
        const isText = isCanonicalBase64url(spelling) && isUtf8(bytes)
        expect(decodeBase64urlText(spelling)).toBe(isText ? bytes.toString() : undefined)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('decodeBase64urlLeniently()', () => {
  it.each(['YQ', 'YQ==', 'YR', 'Y.Q', ' Y\nQ', 'YQ=====', 'Y?Q'])('decodes %j', (text) => {
    expect(decodeBase64urlLeniently(text)).toBe('a')
  })

  it.each(['Y', 'Y=Q'])('gives nothing for %j', (text) => {
    expect(decodeBase64urlLeniently(text)).toBeUndefined()
  })
})
