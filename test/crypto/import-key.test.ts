import { exportJWK, generateKeyPair, importJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import type { Jwk } from '../../src/contract/documents.ts'
import { SUPPORTED_ALGORITHMS } from '../../src/crypto/algorithms.ts'
import { importPublicKey } from '../../src/crypto/import-key.ts'

describe('importPublicKey()', () => {
  it.each(SUPPORTED_ALGORITHMS)('imports the same key as jose for %s', async (alg) => {
    const jwk = await createPublicKey(alg)
    const imported = await importPublicKey(jwk, alg)
    const reference = (await importJWK(jwk, alg, { extractable: false })) as CryptoKey
    expect(factsOf(imported)).toEqual(factsOf(reference))
  })

  it('imports a key for verifying only', async () => {
    const imported = await importPublicKey(await createPublicKey('ES256'), 'ES256')
    expect(factsOf(imported)).toEqual({
      type: 'public',
      extractable: false,
      usages: ['verify'],
      algorithm: { name: 'ECDSA', namedCurve: 'P-256' },
    })
  })

  it('ignores the other members of the key', async () => {
    const further = { alg: 'RS512', use: 'enc', key_ops: ['sign', 'verify'], ext: false, x5c: [5] }
    const jwk = await createPublicKey('ES256')
    const imported = await importPublicKey({ ...jwk, ...further }, 'ES256')
    expect(factsOf(imported)).toEqual(factsOf(await importPublicKey(jwk, 'ES256')))
  })

  it.each([
    ['ES256', 'ES384'],
    ['ES256', 'RS256'],
    ['RS256', 'ES256'],
    ['Ed25519', 'ES256'],
    ['ES256', 'EdDSA'],
    ['ES256', 'HS256'],
    ['ES256', 'constructor'],
  ])('rejects a key for %s where the algorithm is %s', async (own, algorithm) => {
    expect(await importPublicKey(await createPublicKey(own), algorithm)).toBeUndefined()
  })

  it.each([{ x: '' }, { x: 'AAAA' }, { x: 5 }, { y: undefined }, { kty: 'OKP' }])(
    'rejects a key with %j',
    async (members) => {
      const jwk = { ...(await createPublicKey('ES256')), ...members }
      expect(await importPublicKey(jwk as Jwk, 'ES256')).toBeUndefined()
    },
  )
})

async function createPublicKey(algorithm: string): Promise<Record<string, unknown>> {
  const { publicKey } = await generateKeyPair(algorithm, { extractable: true })
  return { ...(await exportJWK(publicKey)) }
}

/** The members of a CryptoKey are getters, which a comparison of objects ignores. */
function factsOf(key: CryptoKey | undefined) {
  return {
    type: key?.type,
    extractable: key?.extractable,
    usages: key?.usages,
    algorithm: key?.algorithm,
  }
}
