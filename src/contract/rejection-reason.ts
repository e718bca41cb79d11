/** A rejection as a plain value, and the rejection for a thrown error. */

import { ownMembers } from '../lib/own-members.ts'
import type { AuthErrorCode } from './auth-error-codes.ts'
import { WIRE_ERRORS } from './error-table.ts'
import { isAuthError, isUpstreamError } from './errors.ts'
import { type ExchangeFailure, isExchangeError } from './exchange-error.ts'

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
  /** With `token_claims` and `token_audience`: the claim that is missing or has the wrong type. */
  readonly claim?: string | undefined
  /** The reason that a decision function of the application gave. For events only. */
  readonly denied?: string | undefined
  /** With `unavailable`: the seconds for the `Retry-After` header, which rounds them up. */
  readonly retryAfterSeconds?: number | undefined
  /** With `unavailable`: the error of the document that could not be fetched. */
  readonly cause?: unknown
  /** With `header_mismatch`: the `id` of the JSON-RPC request. */
  readonly requestId?: string | number | undefined
  /** With `credentials_missing`: the methods that need no credentials. The response is then 405 instead of 401. */
  readonly allow?: string | undefined
  /** `true`: this is not a decision about credentials, so no event is emitted. */
  readonly isSilent?: boolean | undefined
  /** The option of the application whose function or store failed. For events of a 5xx only. */
  readonly option?: string | undefined
  /** A fixed text that replaces the description of the wire table. */
  readonly description?: string | undefined
}

/** The rejection for a caught value. Only errors of this library say something about the request. */
export function rejectionReasonOf(error: unknown): RejectionReason {
  // An error of another version of this package may have a code that this version does not know.
  if (isAuthError(error) && Object.hasOwn(WIRE_ERRORS, error.code)) {
    const { code, scopes, acrValues, maxAgeSeconds } = error
    return { code, scopes: filled(scopes), acrValues: filled(acrValues), maxAgeSeconds }
  }
  if (isExchangeError(error)) return reasonOfExchange(error.failure)
  if (isUpstreamError(error)) {
    return { code: 'unavailable', retryAfterSeconds: error.retryAfterSeconds, cause: error }
  }
  return { code: 'internal' }
}

/**
 * The rejection for a failed exchange. Only a stronger authentication leads to another token, so only
 * that one has a challenge.
 */
function reasonOfExchange(failure: ExchangeFailure): RejectionReason {
  const { code, acrValues, maxAgeSeconds, retryAfterSeconds } = ownMembers(failure)
  switch (code) {
    case 'unavailable':
      return { code, retryAfterSeconds }
    case 'step_up_required':
      return { code: 'authentication_insufficient', acrValues: filled(acrValues), maxAgeSeconds }
    default:
      return {
        code: 'operation_denied',
        denied: code,
        // Not enumerable, so a copy does not have it.
        received: typeof failure.error === 'string' ? [failure.error] : undefined,
      }
  }
}

/** An empty list names nothing. Errors of an earlier version of this package lack some lists. */
function filled(list: readonly string[] | undefined): readonly string[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list
}
