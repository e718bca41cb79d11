/** Public keys made ready for WebCrypto, each for one algorithm and for nothing else. */

import type { Jwk } from '../contract/documents.ts'
import { isWorkers } from '../contract/ports.ts'
import { ownMembers } from '../lib/own-members.ts'
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
  const key = ownMembers({ kty, crv, x, y, n, e } as JsonWebKey)
  try {
    return await crypto.subtle.importKey('jwk', key, parameters, false, ['verify'])
  } catch {
    return undefined
  }
}

/** workerd imports longer ones; then every signature is bad to it, and it does not throw. */
const MAX_RSA_BITS_ON_WORKERS = 8192

/**
 * Whether this runtime verifies with an imported key at all. Deno imports RSA keys of more than 4,096
 * bits and throws when it has to verify with one; what throws for any signature decides nothing.
 */
export async function canVerifyWith(key: CryptoKey, algorithm: string): Promise<boolean> {
  const shape = algorithmNamed(algorithm)
  if (shape === undefined) return false
  const { modulusLength = 0 } = key.algorithm as { readonly modulusLength?: number }
  if (modulusLength > MAX_RSA_BITS_ON_WORKERS && isWorkers()) return false
  // Ones, because zeros are no numbers of an ECDSA signature.
  const signature = new Uint8Array(shape.signatureBytes ?? Math.ceil(modulusLength / 8)).fill(1)
  try {
    await crypto.subtle.verify(shape.parameters, key, signature, new Uint8Array(1))
    return true
  } catch {
    return false
  }
}
