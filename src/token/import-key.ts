/** Public keys made ready for WebCrypto, each for one algorithm and for nothing else. */

import type { Jwk } from '../options.ts'

type ImportParameters = RsaHashedImportParams | EcKeyImportParams | Algorithm

const PKCS1 = 'RSASSA-PKCS1-v1_5'
const PSS = 'RSA-PSS'
const ECDSA = 'ECDSA'
const ED25519 = { name: 'Ed25519' }

/** RFC 7518 §3.1, RFC 9864: what WebCrypto calls the algorithms, and what belongs to a key of each. */
const PARAMETERS: Readonly<Record<string, ImportParameters>> = {
  RS256: { name: PKCS1, hash: 'SHA-256' },
  RS384: { name: PKCS1, hash: 'SHA-384' },
  RS512: { name: PKCS1, hash: 'SHA-512' },
  PS256: { name: PSS, hash: 'SHA-256' },
  PS384: { name: PSS, hash: 'SHA-384' },
  PS512: { name: PSS, hash: 'SHA-512' },
  ES256: { name: ECDSA, namedCurve: 'P-256' },
  ES384: { name: ECDSA, namedCurve: 'P-384' },
  ES512: { name: ECDSA, namedCurve: 'P-521' },
  EdDSA: ED25519,
  Ed25519: ED25519,
}

/**
 * Imports a public key for an algorithm. jose has this too, but not without every algorithm of JWE.
 *
 * Checks: that the key's type and curve are the algorithm's, which WebCrypto does.
 *
 * Does not check: what else the key says of itself, and its size. That is for `isUsableKey`.
 *
 * @returns `undefined` if it is no key for this algorithm, or no key at all.
 */
export async function importPublicKey(jwk: Jwk, algorithm: string): Promise<CryptoKey | undefined> {
  const parameters = Object.hasOwn(PARAMETERS, algorithm) ? PARAMETERS[algorithm] : undefined
  if (parameters === undefined) return undefined
  // Only what makes the key: WebCrypto refuses those that name any other operation beside `verify`.
  const { kty, crv, x, y, n, e } = jwk as JsonWebKey
  const key = { kty, crv, x, y, n, e } as JsonWebKey
  try {
    return await crypto.subtle.importKey('jwk', key, parameters, false, ['verify'])
  } catch {
    return undefined
  }
}
