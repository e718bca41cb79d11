import { exportJWK, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import type { Jwk } from '../../src/contract/documents.ts'
import { SUPPORTED_ALGORITHMS } from '../../src/crypto/algorithms.ts'
import {
  canSignWith,
  isCryptoKey,
  privateKeyProblem,
  signingAlgorithmOf,
} from '../../src/crypto/private-key.ts'

const NO_MEMBER_D = 'is not a private key: it has no member d'
const NO_MEMBER_PRIV = 'is not a private key: it has no member priv'
const NOT_FOR_SIGNING = 'is not for signing, according to its use or key_ops'
const NO_ALGORITHM = `fits none of the supported algorithms: ${SUPPORTED_ALGORITHMS.join(', ')}`

function generate(algorithm: string) {
  return generateKeyPair(algorithm, { extractable: true })
}

const ec = await generate('ES256')
const jwk = (await exportJWK(ec.privateKey)) as Jwk

describe('privateKeyProblem()', () => {
  it('accepts a private key for signing', () => {
    for (const key of [
      ec.privateKey,
      jwk,
      { ...jwk, use: 'sig' },
      { ...jwk, key_ops: ['sign', 'x'] },
    ]) {
      expect(privateKeyProblem(key)).toBeUndefined()
    }
  })

  it('describes the problem of other keys', async () => {
    const { privateKey: deriving } = await generate('ECDH-ES')
    const { d: _, ...publicJwk } = jwk
    for (const [key, problem] of [
      [undefined, 'must be a CryptoKey or a JWK'],
      ['text', 'must be a CryptoKey or a JWK'],
      [ec.publicKey, 'is not a private key'],
      [deriving, "must have the usage 'sign'"],
      [publicJwk, NO_MEMBER_D],
      [{ ...jwk, d: 5 }, NO_MEMBER_D],
      [{ ...jwk, use: 'enc' }, NOT_FOR_SIGNING],
      [{ ...jwk, key_ops: ['verify'] }, NOT_FOR_SIGNING],
      [{ ...jwk, key_ops: 'sign' }, NOT_FOR_SIGNING],
      [{ ...jwk, crv: 'secp256k1' }, NO_ALGORITHM],
      [{ kty: 'AKP', alg: 'ML-DSA-65', pub: 'AAAA', d: 'AAAA' }, NO_MEMBER_PRIV],
      [{ kty: 'AKP', pub: 'AAAA', priv: 'AAAA' }, NO_ALGORITHM],
    ] as const) {
      expect(privateKeyProblem(key)).toBe(problem)
    }
  })
})

describe('privateKeyProblem() of RSA keys', () => {
  const WEAK = 'is an RSA key that is too weak or that no runtime can verify with'

  it('rejects weak and unsafe keys', async () => {
    const { privateKey } = await generate('RS256')
    const rsa = (await exportJWK(privateKey)) as Jwk
    expect(privateKeyProblem(privateKey)).toBeUndefined()
    expect(privateKeyProblem(rsa)).toBeUndefined()
    for (const e of ['AQ', 'AQAA', 'AA', '']) expect(privateKeyProblem({ ...rsa, e })).toBe(WEAK)
    const short = await crypto.subtle.generateKey(
      {
        name: 'RSASSA-PKCS1-v1_5',
        hash: 'SHA-256',
        modulusLength: 1024,
        publicExponent: new Uint8Array([1, 0, 1]),
      },
      true,
      ['sign', 'verify'],
    )
    expect(privateKeyProblem(short.privateKey)).toBe(WEAK)
    const shortJwk = await crypto.subtle.exportKey('jwk', short.privateKey)
    expect(privateKeyProblem({ ...shortJwk, key_ops: ['sign'] })).toBe(WEAK)
  })
})

describe('signingAlgorithmOf()', () => {
  it.each([
    ['RS256', 'RS256', 'RS256'],
    ['RS384', 'RS384', 'RS256'],
    ['PS256', 'PS256', 'RS256'],
    ['PS512', 'PS512', 'RS256'],
    ['ES256', 'ES256', 'ES256'],
    ['ES384', 'ES384', 'ES384'],
    ['ES512', 'ES512', 'ES512'],
    ['Ed25519', 'EdDSA', 'EdDSA'],
  ])('of a key made for %s: %s, and %s of its JWK', async (made, ofKey, ofJwk) => {
    const { privateKey } = await generate(made)
    const { alg: _, ...bare } = await exportJWK(privateKey)
    expect(signingAlgorithmOf(privateKey)).toBe(ofKey)
    expect(signingAlgorithmOf(bare as Jwk)).toBe(ofJwk)
    expect(privateKeyProblem(privateKey)).toBeUndefined()
  })

  it('uses the alg of a JWK, if it fits', () => {
    expect(signingAlgorithmOf({ ...jwk, alg: 'ES256' })).toBe('ES256')
    expect(signingAlgorithmOf({ kty: 'RSA', n: 'x', e: 'AQAB', alg: 'PS384' })).toBe('PS384')
  })

  it('returns undefined for a key that fits no algorithm', async () => {
    const { privateKey: weak } = await crypto.subtle.generateKey(
      {
        name: 'RSASSA-PKCS1-v1_5',
        hash: 'SHA-1',
        modulusLength: 2048,
        publicExponent: new Uint8Array([1, 0, 1]),
      },
      false,
      ['sign', 'verify'],
    )
    const { privateKey: deriving } = await generate('ECDH-ES')
    for (const key of [
      weak,
      { ...jwk, alg: 'RS256' },
      { ...jwk, kty: 'RSA', alg: 'ES256' },
      { kty: 'OKP', crv: 'P-256' },
      { kty: 'EC', crv: 'toString' },
      { kty: 'EC' },
      {},
    ]) {
      expect(signingAlgorithmOf(key)).toBeUndefined()
    }
    expect(signingAlgorithmOf(deriving)).toBeUndefined()
  })
})

describe('canSignWith()', () => {
  it('compares the algorithm with that of the key', async () => {
    const { privateKey: ed } = await generate('Ed25519')
    const results = [
      canSignWith(jwk, 'ES256'),
      canSignWith(jwk, 'ES384'),
      canSignWith(ec.privateKey, 'ES256'),
      canSignWith(ec.privateKey, 'EdDSA'),
      canSignWith(ec.privateKey, 'Ed25519'),
      canSignWith(ed, 'EdDSA'),
      canSignWith(ed, 'Ed25519'),
      canSignWith(ed, 'ES256'),
    ]
    expect(results).toEqual([true, false, true, false, false, true, true, false])
  })
})

describe('isCryptoKey()', () => {
  it('requires all members of a CryptoKey', () => {
    expect(isCryptoKey(ec.privateKey)).toBe(true)
    const whole = { algorithm: {}, usages: [], type: 'private' }
    expect(isCryptoKey(whole)).toBe(true)
    for (const name of Object.keys(whole)) {
      expect(isCryptoKey({ ...whole, [name]: undefined })).toBe(true)
      const part = Object.fromEntries(Object.entries(whole).filter(([each]) => each !== name))
      expect(isCryptoKey(part)).toBe(false)
    }
    expect(isCryptoKey(null)).toBe(false)
  })
})
