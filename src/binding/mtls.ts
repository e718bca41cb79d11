/** Certificate-bound tokens (RFC 8705 §3): comparing thumbprints. */

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
