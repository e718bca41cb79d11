/** Public keys made ready for WebCrypto, each for one algorithm and for nothing else. */

import type { Jwk } from '../options.ts'
import { algorithmNamed } from './algorithms.ts'

/**
 * Imports a public key for an algorithm. jose has this too, but not without every algorithm of JWE.
 *
 * Checks: what WebCrypto does, which is the key's type and, not on every runtime, its curve.
 *
 * Does not check: what else the key says of itself, and its size. That is for `isUsableKey` and
 * `fitsAlgorithm`, first.
 *
 * @returns `undefined` if it is no key for this algorithm, or no key at all.
 */
export async function importPublicKey(jwk: Jwk, algorithm: string): Promise<CryptoKey | undefined> {
  const parameters = algorithmNamed(algorithm)?.parameters
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
