import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBase64url, encodeBase64url, isCanonicalBase64url } from '../../src/lib/base64url.ts'

describe('decodeBase64url()', () => {
  it('gives back every sequence of bytes, spelt as the platform spells it', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = encodeBase64url(bytes)
        expect(text).toBe(Buffer.from(bytes).toString('base64url'))
        expect(decodeBase64url(text)).toEqual(bytes)
      }),
    )
  })

  it.each(['A', 'AAAAA', 'AA==', 'AA=', 'A A', 'AA\n', 'A+', 'A/', 'AB', 'AAB', 'é', '.'])(
    'refuses %j',
    (text) => {
      expect(decodeBase64url(text)).toBeUndefined()
      expect(isCanonicalBase64url(text)).toBe(false)
    },
  )

  it('knows one spelling per value', () => {
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
