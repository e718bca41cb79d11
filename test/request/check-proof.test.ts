import { describe, expect, it } from 'vitest'
import type { VerifiedToken } from '../../src/jwt/verified-token.ts'
import { principalOf } from '../../src/request/check-proof.ts'

/** The principal that a proof for a token of these names is counted against. */
function principal(
  names: Pick<VerifiedToken, 'subject' | 'clientId'>,
  { issuer = 'https://as.example', thumbprint = 'key-1' } = {},
): string {
  return principalOf({ authority: issuer, issuer, ...names } as VerifiedToken, thumbprint)
}

describe('principalOf()', () => {
  it('counts a proof against the user, else the client, else the key', () => {
    const user = { subject: 'a', clientId: 'c' }
    const client = { subject: undefined, clientId: 'a' }
    const unnamed = { subject: undefined, clientId: '' }
    const all = [
      principal(user),
      principal({ ...user, subject: 'b' }),
      principal(user, { issuer: 'https://other.example' }),
      principal(client),
      principal({ ...client, clientId: 'c' }),
      principal(client, { issuer: 'https://other.example' }),
      principal(unnamed),
      principal(unnamed, { thumbprint: 'a' }),
    ]
    expect(new Set(all).size).toBe(all.length)
    expect(principal({ ...user, clientId: 'd' })).toBe(all[0])
    expect(principal(client, { thumbprint: 'key-2' })).toBe(all[3])
  })
})
