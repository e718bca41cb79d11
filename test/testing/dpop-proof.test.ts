import { createHash } from 'node:crypto'
import {
  calculateJwkThumbprint,
  compactVerify,
  decodeProtectedHeader,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose'
import { describe, expect, it } from 'vitest'
import { createTestIssuer } from '../../src/testing/index.ts'
import { createClock, START } from '../support/clock.ts'
import { RESOURCE } from '../support/issuer.ts'

const REQUEST = new Request(`${RESOURCE}?page=2`, { method: 'POST' })

describe('dpopProof() creates', () => {
  it.each(['ES256', 'EdDSA', 'RS256', 'PS256'])(
    'a proof signed with a key for %s',
    async (algorithm) => {
      const issuer = createTestIssuer({ now: createClock().now })
      const key = (await generateKeyPair(algorithm)) as CryptoKeyPair
      const token = await issuer.token({}, { boundTo: key })
      const proof = await issuer.dpopProof(REQUEST, token, key, { nonce: 'n-1' })

      const { jwk, ...header } = decodeProtectedHeader(proof) as { jwk: JWK; alg: string }
      expect(header).toEqual({ typ: 'dpop+jwt', alg: algorithm })
      expect(jwk).not.toHaveProperty('d')
      const { payload } = await compactVerify(proof, await importJWK(jwk, header.alg))
      expect(JSON.parse(new TextDecoder().decode(payload))).toEqual({
        jti: 'proof-1',
        htm: 'POST',
        htu: RESOURCE,
        iat: START,
        ath: createHash('sha256').update(token).digest('base64url'),
        nonce: 'n-1',
      })
      const { cnf } = JSON.parse(atob(token.split('.')[1] ?? '')) as { cnf: { jkt: string } }
      expect(cnf.jkt).toBe(await calculateJwkThumbprint(jwk))
    },
  )

  it('a proof with changed claims and header, and a new jti each time', async () => {
    const issuer = createTestIssuer({ now: createClock().now })
    const key = (await generateKeyPair('ES256')) as CryptoKeyPair
    await issuer.dpopProof(REQUEST, 'token', key)
    const proof = await issuer.dpopProof(REQUEST, 'token', key, {
      claims: { ath: undefined, htm: 'GET' },
      header: { typ: 'JWT', jwk: undefined },
    })
    expect(decodeProtectedHeader(proof)).toEqual({ alg: 'ES256', typ: 'JWT' })
    expect(JSON.parse(atob(proof.split('.')[1] ?? ''))).toEqual({
      jti: 'proof-2',
      htm: 'GET',
      htu: RESOURCE,
      iat: START,
    })
  })
})
