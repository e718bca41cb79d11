/** A rejection as a plain value, and what a thrown error amounts to. */

import { AUTH_ERRORS, type AuthErrorCode, isAuthError, isUpstreamError } from './errors.ts'

/** A rejection as a value. The pipeline returns it instead of throwing. */
export interface RejectionReason {
  readonly code: AuthErrorCode
  /** The configured issuer of the credentials, if it is known. */
  readonly issuer?: string | undefined
  /** Scopes for the challenge. They replace the scopes that the request needs. */
  readonly scopes?: readonly string[] | undefined
  /** With `authentication_insufficient`: the values for the challenge (RFC 9470 §3). */
  readonly acrValues?: readonly string[] | undefined
  readonly maxAgeSeconds?: number | undefined
  /** With `dpop_nonce`: the value of the `DPoP-Nonce` header. */
  readonly nonce?: string | undefined
  /** The accepted and the received values of `RefusedEvent`, before they are truncated. */
  readonly expected?: readonly string[] | undefined
  readonly received?: readonly string[] | undefined
  /** With `token_claims`: the claim that is missing or has the wrong type. */
  readonly claim?: string | undefined
  /** The reason that a decision function of the application gave. For events only. */
  readonly denied?: string | undefined
  /** With `unavailable`: the value of the `Retry-After` header, in whole seconds. */
  readonly retryAfterSeconds?: number | undefined
  /** With `unavailable`: the error of the document that could not be fetched. */
  readonly cause?: unknown
  /** With `header_mismatch`: the `id` of the JSON-RPC request. */
  readonly requestId?: string | number | undefined
  /** With `credentials_missing`: the methods that need no credentials. The response is then 405 instead of 401. */
  readonly allow?: string | undefined
  /** `true`: this is not a decision about credentials, so no event is emitted. */
  readonly isSilent?: boolean | undefined
  /** A fixed text that replaces the description of the wire table. */
  readonly description?: string | undefined
}

/** The rejection for a caught value. Only errors of this library say something about the request. */
export function rejectionReasonOf(error: unknown): RejectionReason {
  // An error of another version of this package may have a code that this version does not know.
  if (isAuthError(error) && Object.hasOwn(AUTH_ERRORS, error.code)) {
    return { code: error.code, scopes: error.scopes.length > 0 ? error.scopes : undefined }
  }
  if (isUpstreamError(error)) {
    return { code: 'unavailable', retryAfterSeconds: error.retryAfterSeconds, cause: error }
  }
  return { code: 'internal' }
}
