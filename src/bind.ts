/** Whether a token was presented by the one it is bound to (RFC 7800, RFC 8705, RFC 9449). */

import type { Refusal } from './errors.ts'
import type { VerifiedToken } from './token/verified-token.ts'

/**
 * Judges the `cnf` claim. A binding that nobody checked is a theft that nobody noticed, so a token
 * with any confirmation method that is not verified here is refused.
 *
 * Fails with `binding_unsupported`.
 */
export function checkBinding(token: VerifiedToken): Refusal | undefined {
  if (token.confirmation === undefined) return undefined
  return { code: 'binding_unsupported', issuer: token.issuer }
}
