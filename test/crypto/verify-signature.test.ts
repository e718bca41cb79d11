import { CompactSign, compactVerify, generateKeyPair, importJWK, type JWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { SUPPORTED_ALGORITHMS } from '../../src/crypto/algorithms.ts'
import { createVerifier } from '../../src/crypto/create-verifier.ts'
import { hasSignatureLength, isSignedBy } from '../../src/crypto/verify-signature.ts'
import mlDsa from '../vectors/ml-dsa.json' with { type: 'json' }

/** The examples of RFC 7515 Appendix A.3, RFC 8037 Appendix A.4 and RFC 9964 Appendix A. */
const EXAMPLES: readonly (readonly [string, JWK, string])[] = [
  [
    'ES256',
    {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    },
    'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
  ],
  [
    'EdDSA',
    { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
    'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
  ],
  ...mlDsa.map(({ jwk: { priv: _, ...jwk }, jws }) => [jwk.alg, jwk, jws] as const),
]

describe('isSignedBy()', () => {
  it.each(EXAMPLES)('%s: the example of its RFC', async (algorithm, jwk, jws) => {
    const verify = createVerifier((await importJWK(jwk, algorithm)) as CryptoKey, algorithm)
    expect(await isSignedBy(jws, verify)).toBe(true)
    expect(await isSignedBy(jws.replace('.', '.A'), verify)).toBe(false)
  })

  it.each(SUPPORTED_ALGORITHMS)('%s: agrees with jose, for changed tokens, too', async (alg) => {
    const [signer, stranger] = await Promise.all([generateKeyPair(alg), generateKeyPair(alg)])
    const jws = await new CompactSign(new TextEncoder().encode('{"iss":"x"}'))
      .setProtectedHeader({ alg })
      .sign(signer.privateKey)
    const verify = createVerifier(signer.publicKey, alg)
    expect(await isSignedBy(jws, verify)).toBe(true)
    expect(await isSignedBy(jws, createVerifier(stranger.publicKey, alg))).toBe(false)
    const changed = [...changesOf(jws)]
    expect(changed.length).toBeGreaterThan(30)
    for (const text of changed) {
      const isSigned = await isSignedBy(text, verify)
      expect(isSigned).toBe(await joseVerifies(text, signer.publicKey, alg))
      expect(isSigned).toBe(false)
    }
  })

  it('is false if the signature cannot be verified, and never throws', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    const jws = await new CompactSign(new Uint8Array())
      .setProtectedHeader({ alg: 'ES256' })
      .sign(privateKey)
    for (const algorithm of ['none', 'HS256', 'constructor', 'RS256', '']) {
      expect(await isSignedBy(jws, createVerifier(publicKey, algorithm))).toBe(false)
    }
    const verify = createVerifier(publicKey, 'ES256')
    expect(await isSignedBy('no dot, no signature', verify)).toBe(false)
    expect(await isSignedBy(`${jws}=`, verify)).toBe(false)
    expect(await isSignedBy(jws, () => Promise.reject(new Error('unfit')))).toBe(false)
  })
})

/** Every third character another one (not the last, of which jose overlooks unused bits), and the signature shorter, longer, empty. */
function* changesOf(jws: string): Generator<string> {
  const end = jws.lastIndexOf('.')
  for (let at = 0; at < jws.length - 1; at += 3) {
    if (jws[at] === '.') continue
    yield `${jws.slice(0, at)}${jws[at] === 'A' ? 'Q' : 'A'}${jws.slice(at + 1)}`
  }
  yield jws.slice(0, -4)
  yield `${jws}AAAA`
  yield jws.slice(0, end + 1)
}

async function joseVerifies(jws: string, key: CryptoKey, algorithm: string): Promise<boolean> {
  try {
    await compactVerify(jws, key, { algorithms: [algorithm] })
    return true
  } catch {
    return false
  }
}

describe('hasSignatureLength()', () => {
  it.each<[string, number, boolean]>([
    ['ES256', 63, false],
    ['ES256', 64, true],
    ['ES256', 65, false],
    ['ES384', 95, false],
    ['ES384', 96, true],
    ['ES384', 97, false],
    ['ES512', 131, false],
    ['ES512', 132, true],
    ['ES512', 133, false],
    ['EdDSA', 64, true],
    ['EdDSA', 114, false],
    ['ML-DSA-44', 2419, false],
    ['ML-DSA-44', 2420, true],
    ['ML-DSA-65', 3309, true],
    ['ML-DSA-65', 3310, false],
    ['ML-DSA-87', 4627, true],
    ['RS256', 255, false],
    ['RS256', 256, true],
    ['PS512', 512, true],
    // Not an algorithm: the length of the shortest RSA signature counts.
    ['none', 0, false],
    ['constructor', 255, false],
  ])('%s: %i bytes: %s', (algorithm, bytes, expected) => {
    const signature = Buffer.alloc(bytes, 1).toString('base64url')
    expect(hasSignatureLength(`e30.e30.${signature}`, algorithm)).toBe(expected)
  })
})
