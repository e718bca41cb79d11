/** revokedBefore over the store of an engine: what one member revokes, the other rejects. */

import { expect, test } from 'vitest'
import type { RevocationQuery } from '../../src/index.ts'
import type { Stage } from './cluster.ts'

const ISSUER = 'https://as.example'

function queryOf(members: Partial<RevocationQuery>): RevocationQuery {
  const issuedAt = Math.floor(Date.now() / 1000)
  const names = { sub: undefined, subject: undefined, clientId: undefined, sessionId: undefined }
  return { issuer: ISSUER, tokenId: 't', issuedAt, expiresAt: issuedAt + 60, ...names, ...members }
}

export function testRevocations(stage: () => Stage): void {
  test('a token that one member revokes is rejected by both at its next request', async () => {
    const { servers, members, prove } = stage()
    const [one, other] = members
    const claims = { sub: 'revoked-user' }
    for (const member of members)
      expect((await member.request(await prove(claims))).status).toBe(200)
    const issuer = `${servers.origin}/good`
    await one.revoke({ issuer, sub: 'revoked-user' })
    for (const member of members) {
      const before = await member.state()
      // Also if a second has passed since: the mark is at least as late as `iat`.
      const iat = Math.floor(Date.now() / 1000) - 1
      const response = await member.request(await prove({ ...claims, iat }))
      const { runs, events } = await member.state()
      expect([response.status, runs - before.runs, events.at(-1)]).toEqual([
        401,
        0,
        'token_revoked',
      ])
      expect(response.headers.get('WWW-Authenticate')).toContain('DPoP error="invalid_token"')
    }
    expect((await other.request(await prove())).status).toBe(200)
  })

  test('both members see revocations of users, sessions and clients, and the latest mark', async () => {
    const { members } = stage()
    const [one, other] = members
    const rows = [
      [{ sub: 'user-a' }, { sub: 'user-a' }],
      [{ sessionId: 'session-a' }, { sessionId: 'session-a' }],
      [{ clientId: 'client-a' }, { clientId: 'client-a' }],
    ] as const
    for (const [who, members] of rows) {
      const query = queryOf(members)
      expect([await one.isRevoked(query), await other.isRevoked(query)]).toEqual([false, false])
      await other.revoke({ issuer: ISSUER, ...who }, query.issuedAt)
      await one.revoke({ issuer: ISSUER, ...who }, (query.issuedAt ?? 0) - 100)
      expect([await one.isRevoked(query), await other.isRevoked(query)]).toEqual([true, true])
      const later = { ...query, issuedAt: (query.issuedAt ?? 0) + 1 }
      expect([await one.isRevoked(later), await other.isRevoked(later)]).toEqual([false, false])
    }
  })
}
