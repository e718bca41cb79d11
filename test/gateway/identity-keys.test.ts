/** Which keys are published, with which members, and the message for each that is not. */

import { exportJWK, generateKeyPair, generateSecret } from 'jose'
import { describe, expect, it } from 'vitest'
import { identityKeysResponse } from '../../src/gateway/index.ts'
import { ConfigError, type Jwk } from '../../src/index.ts'

const REQUEST = new Request('https://rs.example/identity-keys')
const EC: Jwk = { kty: 'EC', crv: 'P-256', x: 'eA', y: 'eQ' }

async function published(keys: Parameters<typeof identityKeysResponse>[1]): Promise<unknown[]> {
  const response = await identityKeysResponse(REQUEST, keys)
  expect(response.headers.get('Cache-Control')).toMatch(/\bmax-age=300\b/)
  return (await response.json()).keys
}

async function problemOf(keys: unknown): Promise<unknown> {
  try {
    await identityKeysResponse(REQUEST, keys as Jwk)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  throw new Error('The keys were published.')
}

describe('identityKeysResponse() publishes', () => {
  it('the public members of keys of every type, and nothing else', async () => {
    const rsa = { kty: 'RSA', n: 'bg', e: 'AQAB' }
    const okp = { kty: 'OKP', crv: 'Ed25519', x: 'eA' }
    const akp = { kty: 'AKP', alg: 'ML-DSA-44', pub: 'cHVi' }
    const more = { kid: 'k', use: 'sig', key_ops: ['verify'], x5c: ['x'], iat: 5 }
    expect(await published([{ ...EC, ...more }, { ...rsa, ...more }, okp, akp])).toEqual([
      { ...EC, kid: 'k', use: 'sig', alg: 'ES256' },
      { ...rsa, kid: 'k', use: 'sig', alg: 'RS256' },
      { ...okp, use: 'sig', alg: 'EdDSA' },
      { ...akp, use: 'sig' },
    ])
  })

  it.each(['ES256', 'EdDSA', 'PS256'])('the public half of a private key for %s', async (alg) => {
    const pair = await generateKeyPair(alg, { extractable: true })
    const expected = { ...(await exportJWK(pair.publicKey)), use: 'sig', alg }
    const jwk = { ...(await exportJWK(pair.privateKey)), alg } as Jwk
    expect(await published([jwk, pair.privateKey, pair.publicKey])).toEqual([
      expected,
      expected,
      expected,
    ])
  })
})

describe('identityKeysResponse() rejects', () => {
  it.each<[string, Jwk, string]>([
    ['nothing', undefined as never, 'must be a CryptoKey or a JWK'],
    ['a key in PEM', '-----BEGIN PRIVATE KEY-----' as never, 'must be a CryptoKey or a JWK'],
    ['a secret', { kty: 'oct', k: 'AAAA' }, 'is symmetric'],
    ['a key of the type of secrets', { kty: 'oct' }, 'is symmetric'],
    ['a key with a secret', { ...EC, k: 'AAAA' }, 'is symmetric'],
    ['a key of another curve', { ...EC, crv: 'P-192' }, 'fits no signature algorithm'],
    ['a private key for another use', { ...EC, d: 'ZA', use: 'enc' }, 'is not for signing'],
    [
      'a private AKP key for another use',
      { kty: 'AKP', alg: 'ML-DSA-44', pub: 'cA', priv: 'cA', use: 'enc' },
      'is not for signing',
    ],
  ])('%s, alone and in a list', async (_, key, message) => {
    const expected = expect.stringContaining(message)
    expect(await problemOf(key)).toEqual([{ path: 'keys', message: expected }])
    expect(await problemOf([EC, key])).toEqual([{ path: 'keys[1]', message: expected }])
  })

  it('CryptoKeys that are secret, or that cannot be exported', async () => {
    const secret = await generateSecret('HS256', { extractable: true })
    const { privateKey } = await generateKeyPair('ES256')
    expect(await problemOf([secret, EC])).toEqual([{ path: 'keys[0]', message: 'is symmetric' }])
    expect(await problemOf(privateKey)).toEqual([
      { path: 'keys', message: 'is not extractable; pass the public key' },
    ])
  })
})
