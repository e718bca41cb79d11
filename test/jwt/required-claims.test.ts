import { describe, expect, it } from 'vitest'
import { missingClaim, missingProfileClaim } from '../../src/jwt/required-claims.ts'

const NOW = 1_800_000_000

describe('missingProfileClaim()', () => {
  it.each(['iss', 'sub', 'client_id', 'jti', 'iat'])('%s: required by RFC 9068', (name) => {
    const claims = { iss: 'i', sub: 's', client_id: 'c', jti: 'j', iat: NOW }
    expect(missingProfileClaim(claims)).toBeUndefined()
    expect(missingProfileClaim({ ...claims, [name]: undefined })).toBe(name)
    for (const blank of ['', ' ', '\u3000\t'])
      expect(missingProfileClaim({ ...claims, [name]: blank })).toBe(name)
  })
})

describe('missingClaim()', () => {
  it('reads own members only', () => {
    expect(missingClaim({}, ['constructor'])).toBe('constructor')
  })

  it.each(['', '\u3000\t', null, undefined])('%j counts as absent', (sub) => {
    expect(missingClaim({ sub }, ['sub'])).toBe('sub')
  })

  it('accepts every other value', () => {
    expect(missingClaim({ sub: 0, x: false, y: [] }, ['sub', 'x', 'y'])).toBeUndefined()
  })
})
