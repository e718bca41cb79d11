/**
 * What the client receives for each error code. Descriptions are fixed: the precise reason helps an
 * attacker more than a client, so it appears in events only.
 */

import type { AuthErrorCode } from './auth-error-codes.ts'

/** The parts of an error response. */
export interface WireError {
  readonly status: number
  /** The `error` of the body, and of the challenge if `challenge` is `'error'`. */
  readonly error: string
  /** The `error_description` of the body and of the challenge. */
  readonly description: string
  /** `'error'`: a challenge with `error`. `'bare'`: one without (RFC 6750 §3.1). `'none'`: no challenge. */
  readonly challenge: 'error' | 'bare' | 'none'
  /** The body is a JSON-RPC error with this code. */
  readonly jsonRpcCode?: number
}

const NO_CREDENTIALS: WireError = {
  status: 401,
  error: 'unauthorized',
  description: 'An access token is required.',
  challenge: 'bare',
}
const INVALID_REQUEST: WireError = {
  status: 400,
  error: 'invalid_request',
  description: 'The request or its credentials are malformed.',
  challenge: 'error',
}
const INVALID_TOKEN: WireError = {
  status: 401,
  error: 'invalid_token',
  description: 'The access token is expired, revoked, malformed or not meant for this resource.',
  challenge: 'error',
}
const INVALID_PROOF: WireError = {
  status: 401,
  error: 'invalid_dpop_proof',
  description: 'The DPoP proof is missing, invalid or was used before.',
  challenge: 'error',
}
const NONCE_REQUIRED: WireError = {
  status: 401,
  error: 'use_dpop_nonce',
  description: 'The DPoP proof must contain the nonce from the DPoP-Nonce header.',
  challenge: 'error',
}
const INSUFFICIENT_SCOPE: WireError = {
  status: 403,
  error: 'insufficient_scope',
  description: 'The access token lacks a scope that this request needs.',
  challenge: 'error',
}
const INSUFFICIENT_AUTHENTICATION: WireError = {
  status: 401,
  error: 'insufficient_user_authentication',
  description: 'The user must authenticate again, or with a stronger method.',
  challenge: 'error',
}
const ORIGIN_REFUSED: WireError = {
  status: 403,
  error: 'access_denied',
  description: 'Requests from this origin are not accepted.',
  challenge: 'none',
}
const OPERATION_DENIED: WireError = {
  status: 403,
  error: 'access_denied',
  description: 'This operation is not permitted.',
  challenge: 'none',
}
const ACTOR_REFUSED: WireError = {
  status: 403,
  error: 'access_denied',
  description: 'Requests of this actor are not accepted.',
  challenge: 'none',
}
const TOO_LARGE: WireError = {
  status: 413,
  error: 'invalid_request',
  description: 'The request body is too large.',
  challenge: 'none',
}
const BODY_TIMEOUT: WireError = {
  status: 408,
  error: 'invalid_request',
  description: 'The request body did not arrive in time.',
  challenge: 'none',
}
const TARGET_AMBIGUOUS: WireError = {
  status: 400,
  error: 'invalid_request',
  description: 'The request target can be read in more than one way.',
  challenge: 'none',
}
const HEADER_MISMATCH: WireError = {
  status: 400,
  error: 'invalid_request',
  description: 'The Mcp-Method or Mcp-Name header does not match the body.',
  challenge: 'none',
  jsonRpcCode: -32020,
}
const PRINCIPAL_MISSING: WireError = {
  status: 403,
  error: 'access_denied',
  description: 'The access token names neither a user nor a client.',
  challenge: 'none',
}
const SESSION_UNKNOWN: WireError = {
  status: 404,
  error: 'not_found',
  description: 'There is no such session.',
  challenge: 'none',
}
const UNAVAILABLE: WireError = {
  status: 503,
  error: 'temporarily_unavailable',
  description: 'The access token cannot be checked right now.',
  challenge: 'none',
}
const INTERNAL: WireError = {
  status: 500,
  error: 'server_error',
  description: 'The request could not be processed.',
  challenge: 'none',
}

/** A method that anonymous clients may not use. A challenge would make them start a login, so there is none. */
export const METHOD_NEEDS_TOKEN: WireError = {
  status: 405,
  error: 'invalid_request',
  description: 'This method requires an access token.',
  challenge: 'none',
}

/** What the client receives for each code. */
export const WIRE_ERRORS: Readonly<Record<AuthErrorCode, WireError>> = {
  credentials_missing: NO_CREDENTIALS,
  credentials_malformed: INVALID_REQUEST,
  credentials_duplicate: INVALID_REQUEST,
  origin_refused: ORIGIN_REFUSED,
  target_ambiguous: TARGET_AMBIGUOUS,
  body_invalid: INVALID_REQUEST,
  body_too_large: TOO_LARGE,
  body_timeout: BODY_TIMEOUT,
  header_mismatch: HEADER_MISMATCH,
  token_malformed: INVALID_TOKEN,
  token_type: INVALID_TOKEN,
  token_algorithm: INVALID_TOKEN,
  token_key: INVALID_TOKEN,
  token_signature: INVALID_TOKEN,
  token_issuer: INVALID_TOKEN,
  token_audience: INVALID_TOKEN,
  token_expired: INVALID_TOKEN,
  token_not_yet_valid: INVALID_TOKEN,
  token_claims: INVALID_TOKEN,
  token_inactive: INVALID_TOKEN,
  token_revoked: INVALID_TOKEN,
  binding_missing: INVALID_TOKEN,
  binding_mismatch: INVALID_TOKEN,
  binding_unsupported: INVALID_TOKEN,
  dpop_proof_missing: INVALID_PROOF,
  dpop_proof_invalid: INVALID_PROOF,
  dpop_proof_replayed: INVALID_PROOF,
  dpop_nonce: NONCE_REQUIRED,
  scope_insufficient: INSUFFICIENT_SCOPE,
  principal_missing: PRINCIPAL_MISSING,
  session_unknown: SESSION_UNKNOWN,
  authentication_insufficient: INSUFFICIENT_AUTHENTICATION,
  // A challenge would start a login, and no login helps (SEP-2643).
  operation_denied: OPERATION_DENIED,
  actor_refused: ACTOR_REFUSED,
  unavailable: UNAVAILABLE,
  internal: INTERNAL,
}
