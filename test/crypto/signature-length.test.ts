import { describe, expect, it } from 'vitest'
import { hasSignatureLength } from '../../src/crypto/signature-length.ts'

describe('hasSignatureLength()', () => {
  it.each<[string, number, boolean]>([
    ['ES256', 63, false],
    ['ES256', 64, true],
    ['ES256', 65, false],
    ['ES384', 95, false],
    ['ES384', 96, true],
    ['ES384', 97, false],
    ['ES512', 131, false],
    ['ES512', 132, true],
    ['ES512', 133, false],
    ['EdDSA', 64, true],
    ['EdDSA', 114, false],
    ['ML-DSA-44', 2419, false],
    ['ML-DSA-44', 2420, true],
    ['ML-DSA-65', 3309, true],
    ['ML-DSA-65', 3310, false],
    ['ML-DSA-87', 4627, true],
    ['RS256', 255, false],
    ['RS256', 256, true],
    ['PS512', 512, true],
    // Not an algorithm: the length of the shortest RSA signature counts.
    ['none', 0, false],
    ['constructor', 255, false],
  ])('%s: %i bytes: %s', (algorithm, bytes, expected) => {
    const signature = Buffer.alloc(bytes, 1).toString('base64url')
    expect(hasSignatureLength(`e30.e30.${signature}`, algorithm)).toBe(expected)
  })
})
