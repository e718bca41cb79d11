import { decodeProtectedHeader, exportJWK, generateKeyPair, jwtVerify } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import type { Jwk } from '../../src/contract/documents.ts'
import { SUPPORTED_ALGORITHMS } from '../../src/crypto/algorithms.ts'
import { signJwt, signWithHeader } from '../../src/crypto/sign-jwt.ts'

const CLAIMS = { sub: 'app', n: 1 }

async function generate(algorithm: string) {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true })
  return { publicKey, privateKey, jwk: (await exportJWK(privateKey)) as Jwk }
}

describe('signJwt()', () => {
  it.each(SUPPORTED_ALGORITHMS)('signs with a JWK for %s', async (algorithm) => {
    const { publicKey, jwk } = await generate(algorithm)
    // Members of the application that an import would reject.
    const key = { ...jwk, key_ops: ['sign', 'x'], alg: algorithm, kid: 'k' }
    const jwt = await signJwt(CLAIMS, { key, algorithm, keyId: undefined })
    const { payload, protectedHeader } = await jwtVerify(jwt, publicKey)
    expect(payload).toEqual(CLAIMS)
    expect(protectedHeader).toEqual({ alg: algorithm, typ: 'JWT', kid: 'k' })
  })

  it('signs with a CryptoKey', async () => {
    const { publicKey, privateKey } = await generate('ES256')
    const jwt = await signJwt(CLAIMS, { key: privateKey, algorithm: 'ES256', keyId: undefined })
    const { payload, protectedHeader } = await jwtVerify(jwt, publicKey)
    expect([payload, protectedHeader]).toEqual([CLAIMS, { alg: 'ES256', typ: 'JWT' }])
  })

  it('writes the given key id, then that of the JWK, then none', async () => {
    const { privateKey, jwk } = await generate('ES256')
    const kidOf = async (key: CryptoKey | Jwk, keyId?: string) =>
      decodeProtectedHeader(await signJwt(CLAIMS, { key, algorithm: 'ES256', keyId }))
    expect(await kidOf({ ...jwk, kid: 'own' }, 'given')).toMatchObject({ kid: 'given' })
    expect(await kidOf({ ...jwk, kid: 'own' })).toMatchObject({ kid: 'own' })
    expect(await kidOf(privateKey, 'given')).toMatchObject({ kid: 'given' })
    expect(await kidOf(jwk)).toEqual({ alg: 'ES256', typ: 'JWT' })
    expect(await kidOf(Object.assign(privateKey, { kid: 'x' }))).toEqual({
      alg: 'ES256',
      typ: 'JWT',
    })
  })
})

describe('signWithHeader()', () => {
  it('writes exactly the header', async () => {
    const { publicKey, jwk } = await generate('Ed25519')
    const header = { typ: 'dpop+jwt', alg: 'Ed25519', jwk: { kty: 'OKP' } }
    const { protectedHeader } = await jwtVerify(
      await signWithHeader(CLAIMS, header, jwk),
      publicKey,
    )
    expect(protectedHeader).toEqual(header)
  })

  it('imports a JWK once for each algorithm, not extractable', async () => {
    const { jwk } = await generate('RS256')
    const imports = vi.spyOn(crypto.subtle, 'importKey')
    try {
      for (const alg of ['RS256', 'RS256', 'PS256', 'RS256', 'PS256']) {
        await signWithHeader(CLAIMS, { alg }, jwk)
      }
      const made = imports.mock.calls.map(([format, , , extractable, usages]) => ({
        format,
        extractable,
        usages,
      }))
      const one = { format: 'jwk', extractable: false, usages: ['sign'] }
      expect(made).toEqual([one, one])
    } finally {
      imports.mockRestore()
    }
  })

  it.each(['none', 'HS256', 'constructor'])('rejects the algorithm %s', async (alg) => {
    const { jwk, privateKey } = await generate('ES256')
    for (const key of [jwk, privateKey]) {
      await expect(signWithHeader(CLAIMS, { alg }, key)).rejects.toThrow(
        new TypeError(`${alg} is not a supported algorithm.`),
      )
    }
  })

  it('rejects a key that does not fit the algorithm', async () => {
    const { jwk } = await generate('ES256')
    await expect(signWithHeader(CLAIMS, { alg: 'ES384' }, jwk)).rejects.toThrow(Error)
  })
})
