/** Certificate-bound tokens (RFC 8705 §3): comparing thumbprints, and reading a proxy's header field. */

import { digestBytes } from '../crypto/sha256.ts'
import { decodeBase64 } from '../lib/base64url.ts'

/** Longer field values are rejected before they are parsed. A chain is not expected here. */
const MAX_FIELD_LENGTH = 16_384
/** RFC 8941 §3.3.5: base64 between colons, with optional spaces around it. */
const BYTE_SEQUENCE = /^ *:((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?): *$/
/** RFC 8705 §3.1: SHA-256 in base64url without padding. */
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/

/**
 * Checks a token's `x5t#S256` against the certificate of the connection.
 *
 * Does not check: the certificate's chain, validity or revocation. The binding does not need them
 * (RFC 8705 §6.2); the TLS terminator may check them.
 *
 * @param confirmed `cnf["x5t#S256"]` of the token.
 * @param presented The thumbprint of the client's certificate; `undefined` without one.
 * @returns `undefined` if they match, else the error code: `binding_missing` without a certificate,
 * `binding_mismatch` for another one, `binding_unsupported` if the token's value is not a thumbprint.
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
 * Reads the thumbprint of the certificate in a proxy's `Client-Cert` field: one byte sequence of DER.
 *
 * Does not check: whether the field came from a trusted proxy.
 *
 * @param field The field value, or `null`.
 * @returns `undefined` unless the field contains exactly one certificate.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9440.html#section-2.2 RFC 9440 §2.2}
 */
export async function readCertificateField(field: string | null): Promise<string | undefined> {
  if (field === null || field.length > MAX_FIELD_LENGTH) return undefined
  const base64 = BYTE_SEQUENCE.exec(field)?.[1]
  if (base64 === undefined || base64 === '') return undefined
  return digestBytes(decodeBase64(base64))
}
