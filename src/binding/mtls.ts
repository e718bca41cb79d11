/** Certificate-bound tokens (RFC 8705 §3): whose certificate it is, and where it may come from. */

import { digestBytes } from '../crypto/sha256.ts'

/** Longer ones are refused before anything in them is looked at; a chain is not expected here. */
const MAX_FIELD_LENGTH = 16_384
/** RFC 8941 §3.3.5: base64 between colons, nothing else around it. */
const BYTE_SEQUENCE = /^ *:((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?): *$/
/** RFC 8705 §3.1: SHA-256 in base64url without padding. */
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/

/**
 * Judges a token's `x5t#S256` against the certificate its presenter used.
 *
 * Does not check: the certificate's chain, validity or revocation. The binding needs none of that
 * (RFC 8705 §6.2); whoever terminates TLS may.
 *
 * @param confirmed `cnf["x5t#S256"]` of the token.
 * @param presented The thumbprint of the certificate, `undefined` without one.
 * @returns What is wrong: `binding_missing` without certificate, `binding_mismatch` for another one,
 * `binding_unsupported` if the token names no thumbprint; `undefined` if nothing is.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8705.html#section-3 RFC 8705 §3}
 */
export function checkCertificate(
  confirmed: unknown,
  presented: string | undefined,
): 'binding_missing' | 'binding_mismatch' | 'binding_unsupported' | undefined {
  if (typeof confirmed !== 'string' || !THUMBPRINT.test(confirmed)) return 'binding_unsupported'
  if (presented === undefined) return 'binding_missing'
  return presented === confirmed ? undefined : 'binding_mismatch'
}

/**
 * The thumbprint of the certificate in a proxy's `Client-Cert` field: one byte sequence holding DER.
 * Whether that field may be believed is not decided here.
 *
 * @param field The field value, or `null`.
 * @returns `undefined` unless it holds exactly one certificate.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9440.html#section-2.2 RFC 9440 §2.2}
 */
export async function readCertificateField(field: string | null): Promise<string | undefined> {
  if (field === null || field.length > MAX_FIELD_LENGTH) return undefined
  const base64 = BYTE_SEQUENCE.exec(field)?.[1]
  if (base64 === undefined || base64 === '') return undefined
  return digestBytes(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)))
}
