/** Public keys for signatures: which are usable at all, and which fit a token (RFC 7517 §4). */

import { decodeBase64url } from '../lib/base64url.ts'
import type { Jwk } from '../options.ts'

/** The key type and, where one belongs to it, the curve of an algorithm (RFC 7518 §3.1, RFC 9864). */
interface KeyShape {
  readonly kty: 'RSA' | 'EC' | 'OKP'
  readonly crv?: string
}

/** Every algorithm we verify. Asymmetric only: with a published key set nothing else makes sense. */
const ALGORITHMS: Readonly<Record<string, KeyShape>> = {
  RS256: { kty: 'RSA' },
  RS384: { kty: 'RSA' },
  RS512: { kty: 'RSA' },
  PS256: { kty: 'RSA' },
  PS384: { kty: 'RSA' },
  PS512: { kty: 'RSA' },
  ES256: { kty: 'EC', crv: 'P-256' },
  ES384: { kty: 'EC', crv: 'P-384' },
  ES512: { kty: 'EC', crv: 'P-521' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
  Ed25519: { kty: 'OKP', crv: 'Ed25519' },
}

/** RFC 7518 §3.3: shorter RSA keys must not be used. */
const MIN_RSA_BITS = 2048

/** The names of all algorithms that can be allowed, in order of preference for nothing. */
export const SUPPORTED_ALGORITHMS: readonly string[] = Object.keys(ALGORITHMS)

export function isSupportedAlgorithm(name: string): boolean {
  return Object.hasOwn(ALGORITHMS, name)
}

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
  const shape = Object.hasOwn(ALGORITHMS, algorithm) ? ALGORITHMS[algorithm] : undefined
  return shape !== undefined && hasShape(jwk, shape)
}

/** RFC 9864 renames one algorithm without changing it; the old and the new name are the same thing. */
function isSameAlgorithm(one: string, other: string): boolean {
  return one === other || (isEd25519(one) && isEd25519(other))
}

function isEd25519(algorithm: string): boolean {
  return algorithm === 'EdDSA' || algorithm === 'Ed25519'
}

function algorithmsOf(jwk: Jwk): string[] {
  return SUPPORTED_ALGORITHMS.filter((name) => hasShape(jwk, ALGORITHMS[name] as KeyShape))
}

function hasShape(jwk: Jwk, shape: KeyShape): boolean {
  return jwk.kty === shape.kty && (shape.crv === undefined || jwk['crv'] === shape.crv)
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
