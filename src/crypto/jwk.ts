/** Public keys for signatures: which keys are usable, and which fit a token (RFC 7517 §4). */

import type { Jwk } from '../contract/documents.ts'
import { decodeBase64url } from '../lib/base64url.ts'
import {
  algorithmNamed,
  isSameAlgorithm,
  type SignatureAlgorithm,
  SUPPORTED_ALGORITHMS,
} from './algorithms.ts'

/** RFC 7518 §3.3: shorter RSA keys must not be used. */
export const MIN_RSA_BITS = 2048
/** With longer keys OpenSSL reports every signature as invalid. */
const MAX_RSA_BITS = 16_384
/** The limit of BoringSSL and RustCrypto. In practice exponents have 2, 5 or 17 bits. */
const MAX_EXPONENT_BITS = 33

/** Members of private and symmetric keys (RFC 7518 §6; RFC 9964 §4). */
const PRIVATE_MEMBERS = ['d', 'k', 'priv']

/** RFC 7517 §9.3, RFC 7518 §6: all members of private and symmetric keys. */
// Bundlers keep a spread that nothing reads.
const SECRET_MEMBERS = /* @__PURE__ */ PRIVATE_MEMBERS.concat(['p', 'q', 'dp', 'dq', 'qi', 'oth'])

/**
 * Whether a key can verify signatures. `unverifiable`: it is a signature key, but its numbers are unsafe or
 * no runtime supports them. A token that names such a key can be neither accepted nor rejected.
 */
type KeyFitness = 'usable' | 'unverifiable' | 'unusable'

/** Whether a key has a member that must not be published. */
export function hasSecret(jwk: Readonly<Record<string, unknown>>): boolean {
  return SECRET_MEMBERS.some((name) => Object.hasOwn(jwk, name))
}

/** Whether a key has another use than signatures, such as encryption. A key set may contain such keys. */
export function isForOtherUse(jwk: Jwk): boolean {
  return jwk.use != null && jwk.use !== 'sig'
}

/**
 * Whether a key of a published set can verify signatures: a public key of a supported type, of sufficient
 * size and with safe numbers, whose `use`, `key_ops` and `alg` allow it (RFC 7517 §4.2–§4.4). Members that
 * are `null` count as absent.
 */
export function isUsableKey(jwk: Jwk): boolean {
  return fitnessOf(jwk) === 'usable'
}

/** Whether a key has a member that must not be published, `null` aside. */
export function isPrivateOrSymmetric(jwk: Jwk): boolean {
  return PRIVATE_MEMBERS.some((name) => jwk[name] != null)
}

export function fitnessOf(jwk: Jwk): KeyFitness {
  if (jwk.kid != null && typeof jwk.kid !== 'string') return 'unusable'
  if (isForOtherUse(jwk) || !allowsVerify(jwk['key_ops'], jwk.use)) return 'unusable'
  if (isPrivateOrSymmetric(jwk)) return 'unusable'
  const algorithms = algorithmsOf(jwk)
  if (algorithms.length === 0 || (jwk.alg != null && !algorithms.includes(jwk.alg))) {
    return 'unusable'
  }
  if (jwk.kty === 'RSA') return rsaFitness(jwk['n'], jwk['e'])
  if (jwk.kty === 'AKP') return isText(jwk['pub']) ? 'usable' : 'unusable'
  return isText(jwk['x']) && (jwk.kty === 'OKP' || isText(jwk['y'])) ? 'usable' : 'unusable'
}

/** Whether a usable key may verify a token with this `alg` (RFC 8725 §3.1: one key, one algorithm). */
export function fitsAlgorithm(jwk: Jwk, algorithm: string): boolean {
  if (jwk.alg != null && !isSameAlgorithm(jwk.alg, algorithm)) return false
  return hasShape(jwk, algorithmNamed(algorithm))
}

/**
 * RFC 8017 §3.1: an odd exponent of at least 3. With exponent 1 the padded digest is its own signature.
 * Leading zeros are ignored: RFC 7518 §6.3.1.1 forbids them, but implementations write them.
 */
export function rsaFitness(modulus: unknown, exponent: unknown): KeyFitness {
  const n = numberOf(modulus)
  const e = numberOf(exponent)
  if (n === undefined || e === undefined || n.bits < MIN_RSA_BITS) return 'unusable'
  const isSound = n.isOdd && n.bits <= MAX_RSA_BITS && e.isOdd && e.bits <= MAX_EXPONENT_BITS
  return isSound && e.bits > 1 ? 'usable' : 'unverifiable'
}

function algorithmsOf(jwk: Jwk): string[] {
  return SUPPORTED_ALGORITHMS.filter((name) => hasShape(jwk, algorithmNamed(name)))
}

function hasShape(jwk: Jwk, shape: SignatureAlgorithm | undefined): boolean {
  if (shape === undefined || jwk.kty !== shape.kty) return false
  // RFC 9964 §4: a key of the type AKP names its algorithm.
  if (shape.kty === 'AKP') return jwk.alg === shape.parameters.name
  return shape.crv === undefined || jwk['crv'] === shape.crv
}

/** RFC 7517 §4.3: where both members are given, they must not contradict each other. */
function allowsVerify(operations: unknown, use: string | null | undefined): boolean {
  if (operations == null) return true
  if (!Array.isArray(operations) || !operations.includes('verify')) return false
  return use == null || operations.every((each) => each === 'verify' || each === 'sign')
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** The length and parity of a number in base64url (RFC 7518 §2, Base64urlUInt). */
function numberOf(value: unknown): { readonly bits: number; readonly isOdd: boolean } | undefined {
  // RFC 7518 §2 forbids the padding, but implementations write it and every runtime ignores it.
  const bytes = isText(value) ? decodeBase64url(value.replace(/={1,2}$/, '')) : undefined
  if (bytes === undefined) return undefined
  const first = bytes.findIndex((byte) => byte !== 0)
  if (first < 0) return { bits: 0, isOdd: false }
  const bits = (bytes.length - first) * 8 - Math.clz32(bytes[first] ?? 0) + 24
  return { bits, isOdd: ((bytes.at(-1) ?? 0) & 1) === 1 }
}
