import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hmacSync } from '../../src/crypto/hmac-sync.ts'

function expected(text: string, secret: string): string {
  return createHmac('sha256', secret).update(text).digest('hex')
}

function actual(text: string, secret: string): string {
  return Buffer.from(hmacSync(text, secret)).toString('hex')
}

describe('hmacSync()', () => {
  // RFC 4231 §4.3.
  it('makes the MAC of the standard', () => {
    expect(actual('what do ya want for nothing?', 'Jefe')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    )
  })

  it.each([0, 1, 54, 55, 56, 63, 64, 65, 119, 120, 128, 1000])(
    'pads messages and secrets of %d bytes as the host does',
    (length) => {
      const text = 'ü'.repeat(Math.floor(length / 2)) + 'x'.repeat(length % 2)
      expect(Buffer.from(text)).toHaveLength(length)
      expect(actual(text, 'secret')).toBe(expected(text, 'secret'))
      expect(actual('text', text)).toBe(expected('text', text))
    },
  )

  it('agrees with the host for any text and secret', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, secret) => {
        expect(actual(text, secret)).toBe(expected(text, secret))
      }),
    )
  })
})
