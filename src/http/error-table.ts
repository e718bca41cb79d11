/**
 * The one table from our reasons to what the client is told. Descriptions are fixed per class of
 * failure: the precise reason goes to events, because it would help an attacker more than a client.
 */

import type { AuthErrorCode } from '../contract/errors.ts'

/** What goes over the wire for a refusal, besides its status. */
export interface WireFailure {
  /** `error` of the body, and of the challenge where `challenge` is `'error'`. */
  readonly error: string
  /** `error_description` of both. */
  readonly description: string
  /** `'bare'`: a challenge without error (RFC 6750 §3.1); `'none'`: no challenge at all. */
  readonly challenge: 'error' | 'bare' | 'none'
  /** The body is a JSON-RPC error with this code. */
  readonly jsonRpcCode?: number
}

const NO_CREDENTIALS: WireFailure = {
  error: 'unauthorized',
  description: 'An access token is required.',
  challenge: 'bare',
}
const INVALID_REQUEST: WireFailure = {
  error: 'invalid_request',
  description: 'The request or its credentials are malformed.',
  challenge: 'error',
}
const INVALID_TOKEN: WireFailure = {
  error: 'invalid_token',
  description: 'The access token is expired, revoked, malformed or not meant for this resource.',
  challenge: 'error',
}
const INVALID_PROOF: WireFailure = {
  error: 'invalid_dpop_proof',
  description: 'The DPoP proof is missing, invalid or was used before.',
  challenge: 'error',
}
const NONCE_WANTED: WireFailure = {
  error: 'use_dpop_nonce',
  description: 'The DPoP proof must hold the nonce given here.',
  challenge: 'error',
}
const INSUFFICIENT_SCOPE: WireFailure = {
  error: 'insufficient_scope',
  description: 'The access token lacks a scope that this request needs.',
  challenge: 'error',
}
const INSUFFICIENT_AUTHENTICATION: WireFailure = {
  error: 'insufficient_user_authentication',
  description: 'The user has to authenticate again, or more strongly.',
  challenge: 'error',
}
const ORIGIN_REFUSED: WireFailure = {
  error: 'access_denied',
  description: 'Requests from this origin are not accepted.',
  challenge: 'none',
}
const TOO_LARGE: WireFailure = {
  error: 'invalid_request',
  description: 'The request body is too large.',
  challenge: 'none',
}
const BODY_TIMEOUT: WireFailure = {
  error: 'invalid_request',
  description: 'The request body did not arrive in time.',
  challenge: 'none',
}
const TARGET_AMBIGUOUS: WireFailure = {
  error: 'invalid_request',
  description: 'The request target can be read in more than one way.',
  challenge: 'none',
}
const HEADER_MISMATCH: WireFailure = {
  error: 'invalid_request',
  description: 'The Mcp-Method or Mcp-Name header does not agree with the body.',
  challenge: 'none',
  jsonRpcCode: -32020,
}
const UNAVAILABLE: WireFailure = {
  error: 'temporarily_unavailable',
  description: 'The access token cannot be checked right now.',
  challenge: 'none',
}
const INTERNAL: WireFailure = {
  error: 'server_error',
  description: 'The request could not be processed.',
  challenge: 'none',
}

/** Without credentials only some methods are served: instead of a challenge, which asks for a login. */
export const METHOD_REFUSED: WireFailure = {
  error: 'invalid_request',
  description: 'This method needs an access token here.',
  challenge: 'none',
}

/** What the client is told for a code; a new code does not compile until it has its row. */
export function wireFailure(code: AuthErrorCode): WireFailure {
  switch (code) {
    case 'credentials_missing':
      return NO_CREDENTIALS
    case 'credentials_malformed':
    case 'credentials_duplicate':
    case 'body_invalid':
      return INVALID_REQUEST
    case 'origin_refused':
      return ORIGIN_REFUSED
    case 'body_too_large':
      return TOO_LARGE
    case 'body_timeout':
      return BODY_TIMEOUT
    case 'target_ambiguous':
      return TARGET_AMBIGUOUS
    case 'header_mismatch':
      return HEADER_MISMATCH
    case 'token_malformed':
    case 'token_type':
    case 'token_algorithm':
    case 'token_key':
    case 'token_signature':
    case 'token_issuer':
    case 'token_audience':
    case 'token_expired':
    case 'token_not_yet_valid':
    case 'token_claims':
    case 'token_inactive':
    case 'binding_missing':
    case 'binding_mismatch':
    case 'binding_unsupported':
      return INVALID_TOKEN
    case 'dpop_proof_missing':
    case 'dpop_proof_invalid':
    case 'dpop_proof_replayed':
      return INVALID_PROOF
    case 'dpop_nonce':
      return NONCE_WANTED
    case 'scope_insufficient':
      return INSUFFICIENT_SCOPE
    case 'authentication_insufficient':
      return INSUFFICIENT_AUTHENTICATION
    case 'unavailable':
      return UNAVAILABLE
    case 'internal':
      return INTERNAL
  }
}
