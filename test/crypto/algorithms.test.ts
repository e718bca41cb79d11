/** The table of algorithms, member by member: RFC 7518 §3, RFC 8037, RFC 9864, RFC 9964, FIPS 204. */

import { describe, expect, it } from 'vitest'
import {
  algorithmNamed,
  algorithmOfCryptoKey,
  defaultAlgorithmOf,
  isSameAlgorithm,
  isSupportedAlgorithm,
  PROOF_ALGORITHMS,
  REGISTERED_ALGORITHMS,
  SUPPORTED_ALGORITHMS,
} from '../../src/crypto/algorithms.ts'

const rsa = (name: string, bits: number, salt: object = {}) => ({
  kty: 'RSA',
  parameters: { name, hash: `SHA-${bits}`, ...salt },
})
const ec = (namedCurve: string, bits: number, signatureBytes: number) => ({
  kty: 'EC',
  crv: namedCurve,
  signatureBytes,
  parameters: { name: 'ECDSA', namedCurve, hash: `SHA-${bits}` },
})
const akp = (name: string, signatureBytes: number) => ({
  kty: 'AKP',
  signatureBytes,
  parameters: { name },
})
const ED25519 = {
  kty: 'OKP',
  crv: 'Ed25519',
  signatureBytes: 64,
  parameters: { name: 'Ed25519' },
}

const TABLE: Readonly<Record<string, object>> = {
  RS256: rsa('RSASSA-PKCS1-v1_5', 256),
  RS384: rsa('RSASSA-PKCS1-v1_5', 384),
  RS512: rsa('RSASSA-PKCS1-v1_5', 512),
  PS256: rsa('RSA-PSS', 256, { saltLength: 32 }),
  PS384: rsa('RSA-PSS', 384, { saltLength: 48 }),
  PS512: rsa('RSA-PSS', 512, { saltLength: 64 }),
  ES256: ec('P-256', 256, 64),
  ES384: ec('P-384', 384, 96),
  ES512: ec('P-521', 512, 132),
  EdDSA: ED25519,
  Ed25519: ED25519,
  'ML-DSA-44': akp('ML-DSA-44', 2420),
  'ML-DSA-65': akp('ML-DSA-65', 3309),
  'ML-DSA-87': akp('ML-DSA-87', 4627),
}

describe('the algorithms', () => {
  it('are those of the table, in its order', () => {
    expect(SUPPORTED_ALGORITHMS).toEqual(Object.keys(TABLE))
    for (const [name, algorithm] of Object.entries(TABLE)) {
      expect([name, algorithmNamed(name)]).toEqual([name, algorithm])
      expect(isSupportedAlgorithm(name)).toBe(true)
    }
  })

  it.each(['none', 'HS256', 'rs256', 'ES256K', 'Ed448', 'constructor', '__proto__', ''])(
    'are not %j',
    (name) => {
      expect(algorithmNamed(name)).toBeUndefined()
      expect(isSupportedAlgorithm(name)).toBe(false)
    },
  )

  it('of proofs have no long signatures, and the most frequent ones first', () => {
    expect(PROOF_ALGORITHMS).toEqual([
      ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
      ...['PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'],
    ])
  })

  it('of the registry include those that are not supported', () => {
    const others = ['none', 'HS256', 'HS384', 'HS512', 'ES256K', 'Ed448']
    expect([...REGISTERED_ALGORITHMS]).toEqual([...SUPPORTED_ALGORITHMS, ...others])
  })
})

describe('isSameAlgorithm()', () => {
  it('knows the two names of one algorithm', () => {
    const same = SUPPORTED_ALGORITHMS.flatMap((one) =>
      SUPPORTED_ALGORITHMS.filter((other) => one !== other && isSameAlgorithm(one, other)).map(
        (other) => `${one} ${other}`,
      ),
    )
    expect(same).toEqual(['EdDSA Ed25519', 'Ed25519 EdDSA'])
    expect(SUPPORTED_ALGORITHMS.every((name) => isSameAlgorithm(name, name))).toBe(true)
    expect(isSameAlgorithm('none', 'HS256')).toBe(false)
    expect(isSameAlgorithm('none', 'none')).toBe(true)
  })
})

describe('defaultAlgorithmOf()', () => {
  it.each([
    ['RSA', 'RS256'],
    ['P-256', 'ES256'],
    ['P-384', 'ES384'],
    ['P-521', 'ES512'],
    ['Ed25519', 'EdDSA'],
    ['AKP', 'ML-DSA-44'],
    ['EC', undefined],
    ['OKP', undefined],
    [undefined, undefined],
  ])('of %s is %s', (typeOrCurve, name) => {
    expect(defaultAlgorithmOf(typeOrCurve)).toBe(name)
  })
})

describe('algorithmOfCryptoKey()', () => {
  it.each<[object, string | undefined]>([
    [{ name: 'RSASSA-PKCS1-v1_5', hash: { name: 'SHA-256' } }, 'RS256'],
    [{ name: 'RSASSA-PKCS1-v1_5', hash: { name: 'SHA-512' } }, 'RS512'],
    [{ name: 'RSA-PSS', hash: { name: 'SHA-384' } }, 'PS384'],
    [{ name: 'RSA-PSS', hash: { name: 'SHA-1' } }, undefined],
    [{ name: 'RSA-PSS' }, undefined],
    [{ name: 'ECDSA', namedCurve: 'P-521' }, 'ES512'],
    [{ name: 'ECDSA', namedCurve: 'K-256' }, undefined],
    [{ name: 'Ed25519' }, 'EdDSA'],
    [{ name: 'ML-DSA-65' }, 'ML-DSA-65'],
    [{ name: 'ECDH', namedCurve: 'P-256' }, undefined],
    [{ name: 'HMAC', hash: { name: 'SHA-256' } }, undefined],
  ])('of %j is %s', (algorithm, name) => {
    expect(algorithmOfCryptoKey({ algorithm } as CryptoKey)).toBe(name)
  })
})
