/** Public keys for signatures: which are usable at all, and which fit a token (RFC 7517 §4). */

import { decodeBase64url } from '../lib/base64url.ts'
import type { Jwk } from '../options.ts'
import { algorithmNamed, type SignatureAlgorithm, SUPPORTED_ALGORITHMS } from './algorithms.ts'

/** RFC 7518 §3.3: shorter RSA keys must not be used. */
const MIN_RSA_BITS = 2048

/** Whether a key is meant for something else than signatures, such as encryption: not an anomaly. */
export function isForOtherUse(jwk: Jwk): boolean {
  return jwk.use !== undefined && jwk.use !== 'sig'
}

/**
 * Whether a key of a published set can verify signatures at all: a public key of a known type and
 * sufficient size, whose `use`, `key_ops` and `alg` do not say otherwise (RFC 7517 §4.2–§4.4).
 */
export function isUsableKey(jwk: Jwk): boolean {
  if (jwk.kid !== undefined && typeof jwk.kid !== 'string') return false
  if (jwk.use !== undefined && jwk.use !== 'sig') return false
  if (!allowsVerify(jwk['key_ops'], jwk.use)) return false
  if (jwk['d'] !== undefined || jwk['k'] !== undefined) return false
  if (jwk.alg !== undefined && !algorithmsOf(jwk).includes(jwk.alg)) return false
  return algorithmsOf(jwk).length > 0 && hasKeyMaterial(jwk)
}

/** Whether a usable key may verify a token with this `alg` (RFC 8725 §3.1: one key, one algorithm). */
export function fitsAlgorithm(jwk: Jwk, algorithm: string): boolean {
  if (jwk.alg !== undefined && !isSameAlgorithm(jwk.alg, algorithm)) return false
  return hasShape(jwk, algorithmNamed(algorithm))
}

/** RFC 9864 renames one algorithm without changing it; the old and the new name are the same thing. */
function isSameAlgorithm(one: string, other: string): boolean {
  return one === other || (isEd25519(one) && isEd25519(other))
}

function isEd25519(algorithm: string): boolean {
  return algorithm === 'EdDSA' || algorithm === 'Ed25519'
}

function algorithmsOf(jwk: Jwk): string[] {
  return SUPPORTED_ALGORITHMS.filter((name) => hasShape(jwk, algorithmNamed(name)))
}

function hasShape(jwk: Jwk, shape: SignatureAlgorithm | undefined): boolean {
  if (shape === undefined || jwk.kty !== shape.kty) return false
  return shape.crv === undefined || jwk['crv'] === shape.crv
}

/** RFC 7517 §4.3: where both members are given, they must not contradict each other. */
function allowsVerify(operations: unknown, use: string | undefined): boolean {
  if (operations === undefined) return true
  if (!Array.isArray(operations) || !operations.includes('verify')) return false
  return use === undefined || operations.every((each) => each === 'verify' || each === 'sign')
}

function hasKeyMaterial(jwk: Jwk): boolean {
  if (jwk.kty === 'RSA') return isText(jwk['e']) && bitsOf(jwk['n']) >= MIN_RSA_BITS
  return isText(jwk['x']) && (jwk.kty === 'OKP' || isText(jwk['y']))
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function bitsOf(modulus: unknown): number {
  const bytes = isText(modulus) ? decodeBase64url(modulus) : undefined
  const first = bytes?.findIndex((byte) => byte !== 0) ?? -1
  if (bytes === undefined || first < 0) return 0
  return (bytes.length - first) * 8 - Math.clz32(bytes[first] ?? 0) + 24
}
