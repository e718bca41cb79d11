import { describe, expect, it } from 'vitest'
import type { VerifiedToken } from '../../src/jwt/verified-token.ts'
import { type Bound, spendProof } from '../../src/request/check-binding.ts'
import type { ResourceState } from '../../src/resource/state.ts'

const BOUND: Bound = { proof: 'p', thumbprint: 'key-1', expiresAt: 60, nonce: undefined }

/** On whose account a proof for a token of these names is kept. */
async function principalOf(
  names: Pick<VerifiedToken, 'subject' | 'clientId'>,
  { issuer = 'https://as.example', thumbprint = 'key-1' } = {},
): Promise<string> {
  const principals: string[] = []
  const replay = {
    consume: ({ principal }: { principal: string }) => {
      principals.push(principal)
      return 'new' as const
    },
  }
  const token = { authority: issuer, issuer, ...names } as VerifiedToken
  const state = { dpop: { replay }, now: () => 0 } as unknown as ResourceState
  expect(await spendProof({ ...BOUND, thumbprint }, token, state)).toBeUndefined()
  return principals.join()
}

describe('spendProof()', () => {
  it('keeps a proof on account of the user, else of the client, else of the key', async () => {
    const user = { subject: 'a', clientId: 'c' }
    const client = { subject: undefined, clientId: 'a' }
    const unnamed = { subject: undefined, clientId: '' }
    const all = [
      await principalOf(user),
      await principalOf({ ...user, subject: 'b' }),
      await principalOf(user, { issuer: 'https://other.example' }),
      await principalOf(client),
      await principalOf({ ...client, clientId: 'c' }),
      await principalOf(client, { issuer: 'https://other.example' }),
      await principalOf(unnamed),
      await principalOf(unnamed, { thumbprint: 'a' }),
    ]
    expect(new Set(all).size).toBe(all.length)
    expect(await principalOf({ ...user, clientId: 'd' })).toBe(all[0])
    expect(await principalOf(client, { thumbprint: 'key-2' })).toBe(all[3])
  })
})
