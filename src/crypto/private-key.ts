/** Checks private keys of the application, without using them. */

import type { Jwk } from '../contract/documents.ts'
import { isObject } from '../lib/json.ts'
import {
  algorithmOfCryptoKey,
  defaultAlgorithmOf,
  isSameAlgorithm,
  SUPPORTED_ALGORITHMS,
} from './algorithms.ts'
import { fitsAlgorithm, MIN_RSA_BITS, rsaFitness } from './jwk.ts'

/** The problem of a private key and its remedy; `undefined` if there is none. */
export function privateKeyProblem(key: unknown): string | undefined {
  if (!isObject(key)) return 'must be a CryptoKey or a JWK'
  const algorithm = signingAlgorithmOf(key)
  if (isCryptoKey(key)) {
    if (key.type !== 'private') return 'is not a private key'
    if (!key.usages.includes('sign')) return "must have the usage 'sign'"
  } else if (typeof key[privateMemberOf(key)] !== 'string') {
    return `is not a private key: it has no member ${privateMemberOf(key)}`
  } else if (!isForSigning(key)) {
    return 'is not for signing, according to its use or key_ops'
  }
  if (algorithm === undefined)
    return `fits none of the supported algorithms: ${SUPPORTED_ALGORITHMS.join(', ')}`
  return isSound(key)
    ? undefined
    : 'is an RSA key that is too weak or that no runtime can verify with'
}

/** The JWS algorithm of a private key; `undefined` if it fits none of the supported ones. */
export function signingAlgorithmOf(key: CryptoKey | Jwk): string | undefined {
  if (isCryptoKey(key)) return algorithmOfCryptoKey(key)
  if (key.alg !== undefined) return fitsAlgorithm(key, key.alg) ? key.alg : undefined
  const algorithm = defaultAlgorithmOf(key.kty === 'RSA' ? 'RSA' : key['crv'])
  return algorithm !== undefined && fitsAlgorithm(key, algorithm) ? algorithm : undefined
}

/** Whether a private key can sign with this algorithm. */
export function canSignWith(key: CryptoKey | Jwk, algorithm: string): boolean {
  if (!isCryptoKey(key)) return fitsAlgorithm(key, algorithm)
  const own = algorithmOfCryptoKey(key)
  return own !== undefined && isSameAlgorithm(own, algorithm)
}

export function isCryptoKey(key: unknown): key is CryptoKey {
  return isObject(key) && 'algorithm' in key && 'usages' in key && 'type' in key
}

/** RFC 7518 §3.3, and the exponents that {@link rsaFitness} allows. */
function isSound(key: CryptoKey | Jwk): boolean {
  if (!isCryptoKey(key)) return key.kty !== 'RSA' || rsaFitness(key['n'], key['e']) === 'usable'
  const { modulusLength = MIN_RSA_BITS } = key.algorithm as { readonly modulusLength?: number }
  return modulusLength >= MIN_RSA_BITS
}

/** RFC 7518 §6, RFC 9964 §4. */
function privateMemberOf({ kty }: Readonly<Record<string, unknown>>): 'd' | 'priv' {
  return kty === 'AKP' ? 'priv' : 'd'
}

function isForSigning(key: Readonly<Record<string, unknown>>): boolean {
  const { use, key_ops: operations } = key
  if (use !== undefined && use !== 'sig') return false
  return operations === undefined || (Array.isArray(operations) && operations.includes('sign'))
}
