/** Importing public keys into WebCrypto, each for one algorithm. */

import type { Jwk } from '../contract/documents.ts'
import { isWorkers } from '../contract/ports.ts'
import { ownMembers } from '../lib/own-members.ts'
import { algorithmNamed } from './algorithms.ts'

/**
 * Imports a public key for an algorithm. The same function of jose also includes every JWE algorithm.
 *
 * Checks: the key's type and, on some runtimes, its curve, as WebCrypto does.
 *
 * Does not check: the other members of the key, and its size. Call `isUsableKey` and `fitsAlgorithm` first.
 *
 * @returns `undefined` if the JWK is not a key for this algorithm.
 */
export async function importPublicKey(jwk: Jwk, algorithm: string): Promise<CryptoKey | undefined> {
  const parameters = algorithmNamed(algorithm)?.parameters
  if (parameters === undefined) return undefined
  // WebCrypto rejects keys whose `key_ops` contains an operation besides `verify`.
  const { kty, crv, x, y, n, e, pub } = jwk
  // Only for AKP: `alg` of other types has values that some runtimes reject.
  const key = ownMembers(
    (kty === 'AKP' ? { kty, alg: jwk.alg, pub } : { kty, crv, x, y, n, e }) as JsonWebKey,
  )
  try {
    // Extractable: `node:crypto` is to take no other keys (DEP0204).
    return await crypto.subtle.importKey('jwk', key, parameters, true, ['verify'])
  } catch {
    return undefined
  }
}

/** workerd imports longer keys, but then reports every signature as invalid instead of throwing. */
const MAX_RSA_BITS_ON_WORKERS = 8192

/**
 * Whether this runtime can verify signatures with an imported key. Deno imports RSA keys of more than
 * 4,096 bits, but throws when it verifies with one.
 */
export async function canVerifyWith(key: CryptoKey, algorithm: string): Promise<boolean> {
  const shape = algorithmNamed(algorithm)
  if (shape === undefined) return false
  const { modulusLength = 0 } = key.algorithm as { readonly modulusLength?: number }
  if (modulusLength > MAX_RSA_BITS_ON_WORKERS && isWorkers()) return false
  // Not zeros, which some runtimes reject as the numbers of an ECDSA signature.
  const signature = new Uint8Array(shape.signatureBytes ?? Math.ceil(modulusLength / 8)).fill(1)
  try {
    await crypto.subtle.verify(shape.parameters, key, signature, new Uint8Array(1))
    return true
  } catch {
    return false
  }
}
