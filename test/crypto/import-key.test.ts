import { exportJWK, generateKeyPair, importJWK } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import type { Jwk } from '../../src/contract/documents.ts'
import { SUPPORTED_ALGORITHMS } from '../../src/crypto/algorithms.ts'
import { canVerifyWith, importPublicKey } from '../../src/crypto/import-key.ts'
import { unchecked } from '../support/unchecked.ts'

describe('importPublicKey()', () => {
  it.each(SUPPORTED_ALGORITHMS)('imports the same key as jose for %s', async (alg) => {
    const jwk = await createPublicKey(alg)
    const imported = await importPublicKey(jwk, alg)
    const reference = (await importJWK(jwk, alg, { extractable: true })) as CryptoKey
    expect(factsOf(imported)).toEqual(factsOf(reference))
  })

  it('imports a key for verifying only, which node:crypto may take', async () => {
    const imported = await importPublicKey(await createPublicKey('ES256'), 'ES256')
    expect(factsOf(imported)).toEqual({
      type: 'public',
      extractable: true,
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
    ['ML-DSA-44', 'ML-DSA-65'],
    ['ML-DSA-44', 'ES256'],
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

describe('canVerifyWith()', () => {
  it.each(SUPPORTED_ALGORITHMS)('a key for %s', async (alg) => {
    const { publicKey } = await generateKeyPair(alg)
    expect(await canVerifyWith(publicKey, alg)).toBe(true)
  })

  it('no key where the algorithm is unknown or another one', async () => {
    const { publicKey } = await generateKeyPair('ES256')
    for (const alg of ['none', 'HS256', 'constructor', 'RS256', 'EdDSA']) {
      expect(await canVerifyWith(publicKey, alg)).toBe(false)
    }
  })

  it('no key that may not verify', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    expect(await canVerifyWith(privateKey, 'ES256')).toBe(false)
  })

  // The signature of the attempt is as long as one of the algorithm: workerd and Deno reject others.
  it.each([
    ['ES256', 64],
    ['ES384', 96],
    ['ES512', 132],
    ['EdDSA', 64],
    ['RS256', 256],
    ['ML-DSA-44', 2420],
    ['ML-DSA-65', 3309],
    ['ML-DSA-87', 4627],
  ])('tries %s with %i bytes that are not zero', async (alg, length) => {
    const { publicKey } = await generateKeyPair(alg)
    const verify = vi.spyOn(crypto.subtle, 'verify')
    try {
      await canVerifyWith(publicKey, alg)
      const [, key, signature, data] = verify.mock.calls[0] ?? []
      expect(key).toBe(publicKey)
      expect(signature).toEqual(new Uint8Array(length).fill(1))
      expect(data).toEqual(new Uint8Array(1))
    } finally {
      verify.mockRestore()
    }
  })

  it.each([
    ['Cloudflare-Workers', 8192, true],
    ['Cloudflare-Workers', 8193, false],
    ['Node.js/24', 8193, true],
  ])('on %s with a modulus of %i bits: %s', async (userAgent, modulusLength, expected) => {
    const verify = vi.spyOn(crypto.subtle, 'verify').mockResolvedValue(false)
    vi.stubGlobal('navigator', { userAgent })
    try {
      const key = unchecked<CryptoKey>({
        algorithm: { name: 'RSASSA-PKCS1-v1_5', modulusLength },
      })
      expect(await canVerifyWith(key, 'RS256')).toBe(expected)
      const lengths = verify.mock.calls.map(([, , signature]) => (signature as Uint8Array).length)
      expect(lengths).toEqual(expected ? [Math.ceil(modulusLength / 8)] : [])
    } finally {
      vi.unstubAllGlobals()
      verify.mockRestore()
    }
  })
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
