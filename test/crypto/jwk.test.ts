import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Jwk } from '../../src/contract/documents.ts'
import { isSupportedAlgorithm, SUPPORTED_ALGORITHMS } from '../../src/crypto/algorithms.ts'
import { fitnessOf, fitsAlgorithm, isForOtherUse, isUsableKey } from '../../src/crypto/jwk.ts'
import { unchecked } from '../support/unchecked.ts'

const EC: Jwk = {
  kty: 'EC',
  crv: 'P-256',
  x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
  y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
}
const OKP: Jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
const AKP: Jwk = { kty: 'AKP', alg: 'ML-DSA-44', pub: 'cHVibGlj' }
const RSA: Jwk = { kty: 'RSA', e: 'AQAB', n: modulus(2048) }

/** A number of exactly so many bits, as a modulus would be written. */
function modulus(bits: number, zeros = 0): string {
  const bytes = Buffer.alloc(Math.ceil(bits / 8), 0xff)
  bytes[0] = 2 ** (((bits - 1) % 8) + 1) - 1
  return Buffer.concat([Buffer.alloc(zeros), bytes]).toString('base64url')
}

describe('isUsableKey()', () => {
  it.each<[string, Jwk]>([
    ['an EC key', EC],
    ['an OKP key', OKP],
    ['an RSA key', RSA],
    ['a name', { ...EC, kid: 'k' }],
    ['use: sig', { ...EC, use: 'sig' }],
    ['its own algorithm', { ...EC, alg: 'ES256' }],
    ['EdDSA', { ...OKP, alg: 'EdDSA' }],
    ['Ed25519', { ...OKP, alg: 'Ed25519' }],
    ['certificates', { ...RSA, x5c: ['MII'], x5t: 'x' }],
    ['unknown members', { ...EC, iat: 1, status: 'active' }],
    ['padding, as every runtime does', { ...RSA, n: `${modulus(2048)}==` }],
    ['leading zeros and enough bits', { ...RSA, n: modulus(2048, 1) }],
    ['more bits than needed', { ...RSA, n: modulus(4096) }],
    ['an AKP key', AKP],
    ['key_ops: verify', { ...EC, key_ops: ['verify'] }],
    ['key_ops: verify and sign', { ...EC, use: 'sig', key_ops: ['sign', 'verify'] }],
    ['key_ops of other uses, without use', { ...EC, key_ops: ['wrapKey', 'verify'] }],
    [
      'members that are null',
      { ...EC, ...JSON.parse('{"use":null,"key_ops":null,"d":null,"kid":null}') },
    ],
  ])('accepts %s', (_, jwk) => {
    expect(isUsableKey(jwk)).toBe(true)
  })

  it.each<[string, Jwk]>([
    ['nothing', {}],
    ['an unknown type', { ...EC, kty: 'XYZ' }],
    ['a type in another case', { ...EC, kty: 'ec' }],
    ['a symmetric key', { kty: 'oct', k: 'c2VjcmV0' }],
    ['a symmetric key dressed as RSA', { ...RSA, k: 'c2VjcmV0' }],
    ['a private key', { ...EC, d: 'x' }],
    ['an unknown curve', { ...EC, crv: 'secp256k1' }],
    ['a curve for key agreement', { ...OKP, crv: 'X25519' }],
    ['Ed448', { ...OKP, crv: 'Ed448' }],
    ['no x', { ...EC, x: undefined }],
    ['no y', { ...EC, y: undefined }],
    ['an empty x', { ...OKP, x: '' }],
    ['no e', { ...RSA, e: undefined }],
    ['no n', { ...RSA, n: undefined }],
    ['an n that is not base64url', { ...RSA, n: `=${modulus(2048)}` }],
    ['three marks of padding', { ...RSA, n: `${modulus(2048)}===` }],
    ['padding within a number', { ...RSA, e: 'AQAB==AQ' }],
    ['2047 bits', { ...RSA, n: modulus(2047) }],
    ['1024 bits', { ...RSA, n: modulus(1024) }],
    ['1024 bits made longer with zeros', { ...RSA, n: modulus(1024, 128) }],
    ['zeros only', { ...RSA, n: Buffer.alloc(256).toString('base64url') }],
    ['use: enc', { ...EC, use: 'enc' }],
    ['an algorithm of another type', { ...EC, alg: 'RS256' }],
    ['an algorithm of another curve', { ...EC, alg: 'ES384' }],
    ['an algorithm for encryption', { ...RSA, alg: 'RSA-OAEP' }],
    ['a symmetric algorithm', { ...RSA, alg: 'HS256' }],
    ['alg: none', { ...RSA, alg: 'none' }],
    ['a name that is a number', { ...EC, kid: unchecked<string>(5) }],
    ['an AKP key without alg', { kty: 'AKP', pub: 'cHVibGlj' }],
    ['an AKP key with the algorithm of another type', { ...AKP, alg: 'ES256' }],
    ['an AKP key without pub', { ...AKP, pub: undefined }],
    ['an AKP key with an empty pub', { ...AKP, pub: '', x: EC['x'], y: EC['y'] }],
    ['a private AKP key', { ...AKP, priv: 'cHJpdmF0ZQ' }],
    ['key_ops without verify', { ...EC, key_ops: ['sign'] }],
    ['use: sig and key_ops of other uses', { ...EC, use: 'sig', key_ops: ['verify', 'sign', 'x'] }],
    ['key_ops that are a text', { ...EC, key_ops: 'verify' }],
    ['key_ops that contradict use', { ...EC, use: 'sig', key_ops: ['verify', 'wrapKey'] }],
  ])('rejects %s', (_, jwk) => {
    expect(isUsableKey(jwk)).toBe(false)
  })

  it.each([1024, 2048, 3072])('counts the bits of a real RSA key of %d', (modulusLength) => {
    const jwk = generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' })
    expect(isUsableKey(jwk as Jwk)).toBe(modulusLength >= 2048)
  })
})

describe('fitsAlgorithm()', () => {
  it('matches key types and algorithms', () => {
    const fitting = Object.entries({ EC, OKP, RSA }).flatMap(([name, jwk]) =>
      SUPPORTED_ALGORITHMS.filter((alg) => fitsAlgorithm(jwk, alg)).map((alg) => `${name} ${alg}`),
    )
    expect(fitting).toEqual([
      'EC ES256',
      'OKP EdDSA',
      'OKP Ed25519',
      'RSA RS256',
      'RSA RS384',
      'RSA RS512',
      'RSA PS256',
      'RSA PS384',
      'RSA PS512',
    ])
  })

  it('accepts only the algorithm that the key names', () => {
    expect(fitsAlgorithm({ ...RSA, alg: 'RS256' }, 'RS256')).toBe(true)
    for (const alg of ['PS256', 'RS512', 'rs256']) {
      expect(fitsAlgorithm({ ...RSA, alg: 'RS256' }, alg)).toBe(false)
    }
    expect(fitsAlgorithm({ ...OKP, alg: 'EdDSA' }, 'Ed25519')).toBe(true)
    expect(fitsAlgorithm({ ...OKP, alg: 'Ed25519' }, 'EdDSA')).toBe(true)
  })

  it('accepts only the algorithm that an AKP key names', () => {
    expect(SUPPORTED_ALGORITHMS.filter((alg) => fitsAlgorithm(AKP, alg))).toEqual(['ML-DSA-44'])
    const other = { ...AKP, alg: 'ML-DSA-65' }
    expect(SUPPORTED_ALGORITHMS.filter((alg) => fitsAlgorithm(other, alg))).toEqual(['ML-DSA-65'])
    const { alg: _, ...nameless } = AKP
    expect(SUPPORTED_ALGORITHMS.filter((alg) => fitsAlgorithm(nameless, alg))).toEqual([])
  })

  it.each(['none', 'HS256', 'ES256K', 'constructor', '__proto__', 'toString', ''])(
    'fits no key to %s',
    (alg) => {
      expect([EC, OKP, RSA].some((jwk) => fitsAlgorithm(jwk, alg))).toBe(false)
      expect(isSupportedAlgorithm(alg)).toBe(false)
    },
  )
})

describe('isForOtherUse()', () => {
  it('distinguishes keys for encryption from invalid keys', () => {
    expect([{ use: 'enc' }, { use: 'sig' }, {}].map(isForOtherUse)).toEqual([true, false, false])
  })
})

describe('a key and an algorithm', () => {
  it('do not fit by a name that every object inherits', () => {
    for (const name of ['constructor', 'toString', '__proto__']) {
      expect(isSupportedAlgorithm(name)).toBe(false)
      expect(fitsAlgorithm({}, name)).toBe(false)
    }
  })

  it('do not fit if the key names another algorithm', () => {
    expect(fitsAlgorithm({ ...OKP, alg: 'Ed25519' }, 'EdDSA')).toBe(true)
    expect(fitsAlgorithm({ ...OKP, alg: 'ES256' }, 'EdDSA')).toBe(false)
    expect(fitsAlgorithm({ ...EC, alg: 'EdDSA' }, 'ES256')).toBe(false)
  })
})

describe('an RSA key', () => {
  it('fits its algorithm even if it has a member crv', () => {
    expect(fitsAlgorithm({ ...RSA, crv: 'P-256' }, 'RS256')).toBe(true)
  })

  it('is usable with 2048 bits or more', () => {
    const bits = [2047, 2048, 2049].map((each) => isUsableKey({ ...RSA, n: modulus(each) }))
    expect(bits).toEqual([false, true, true])
    const zeros = Buffer.alloc(300).toString('base64url')
    for (const n of [zeros, 'not base64url!', '', 5, undefined]) {
      expect(isUsableKey({ ...RSA, n })).toBe(false)
    }
  })
})

describe('fitnessOf()', () => {
  it.each<[string, Jwk, string]>([
    ['no modulus', { ...RSA, n: undefined }, 'unusable'],
    ['no exponent', { ...RSA, e: undefined }, 'unusable'],
    ['an invalid type of name', { ...EC, kid: unchecked<string>(5) }, 'unusable'],
    ['use: enc', { ...EC, use: 'enc' }, 'unusable'],
    ['key_ops without verify', { ...EC, key_ops: ['sign'] }, 'unusable'],
    ['a private key', { ...EC, d: 'x' }, 'unusable'],
    ['a secret', { ...EC, k: 'x' }, 'unusable'],
    ['an unknown type', { ...EC, kty: 'XYZ' }, 'unusable'],
    ['another algorithm', { ...EC, alg: 'RS256' }, 'unusable'],
    ['no x', { ...EC, x: undefined }, 'unusable'],
    ['no y', { ...EC, y: undefined }, 'unusable'],
    ['no pub', { kty: 'AKP', alg: 'ML-DSA-44' }, 'unusable'],
    ['zeros as its modulus', { ...RSA, n: 'AAAA' }, 'unusable'],
    ['2,047 bits', { ...RSA, n: modulus(2047) }, 'unusable'],
    ['16,383 bits', { ...RSA, n: modulus(16_383) }, 'usable'],
    ['16,384 bits', { ...RSA, n: modulus(16_384) }, 'usable'],
    ['16,385 bits', { ...RSA, n: modulus(16_385) }, 'unverifiable'],
    ['an even modulus', { ...RSA, n: evenModulus(2048) }, 'unverifiable'],
    ['an exponent of 32 bits', { ...RSA, e: modulus(32) }, 'usable'],
    ['an exponent of 33 bits', { ...RSA, e: modulus(33) }, 'usable'],
    ['an exponent of 34 bits', { ...RSA, e: modulus(34) }, 'unverifiable'],
    ['an exponent of 3', { ...RSA, e: 'Aw' }, 'usable'],
    ['an exponent of 1', { ...RSA, e: 'AQ' }, 'unverifiable'],
    ['an exponent of 2', { ...RSA, e: 'Ag' }, 'unverifiable'],
    ['an exponent of 0', { ...RSA, e: 'AA' }, 'unverifiable'],
    ['an empty exponent', { ...RSA, e: '' }, 'unusable'],
  ])('a key with %s', (_, jwk, expected) => {
    expect(fitnessOf(jwk)).toBe(expected)
  })
})

function evenModulus(bits: number): string {
  const bytes = Buffer.from(modulus(bits), 'base64url')
  bytes[bytes.length - 1] = 0xfe
  return bytes.toString('base64url')
}
