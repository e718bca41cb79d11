import { describe, expect, it } from 'vitest'
import type { VerifiedToken } from '../../src/jwt/verified-token.ts'
import { consumeProof, type OpenProof } from '../../src/request/check-binding.ts'
import type { ResourceState } from '../../src/resource/state.ts'

const PROOF: OpenProof = { identity: 'p', thumbprint: 'key-1', expiresAt: 60, nonce: undefined }

/** The principal that a proof for a token of these names is counted against. */
async function principalOf(
  names: Pick<VerifiedToken, 'subject' | 'clientId'>,
  { issuer = 'https://as.example', thumbprint = 'key-1' } = {},
): Promise<string> {
  const principals: string[] = []
  const replay = {
    consume: async ({ principal }: { principal: string }) => {
      principals.push(principal)
      return 'new' as const
    },
  }
  const verified = { authority: issuer, issuer, ...names } as VerifiedToken
  const token = { scheme: 'DPoP', token: 't', verified, digest: undefined } as const
  const clock = { now: () => 0, toleranceSeconds: 0 }
  const state = { binding: { dpop: { replay } }, clock } as unknown as ResourceState
  expect(await consumeProof({ ...PROOF, thumbprint }, token, state)).toMatchObject({ ok: true })
  return principals.join()
}

describe('consumeProof()', () => {
  it('counts a proof against the user, else the client, else the key', async () => {
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
