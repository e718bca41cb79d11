/** The codes of rejections, with their statuses and the standards that say so. */

/**
 * The reason for a rejection, for programs and logs. It is never sent to the client.
 *
 * @example
 * ```ts
 * const NEED_LOGIN: readonly AuthErrorCode[] = ['credentials_missing', 'token_expired']
 * ```
 */
export type AuthErrorCode =
  | 'credentials_missing'
  | 'credentials_malformed'
  | 'credentials_duplicate'
  | 'origin_refused'
  | 'target_ambiguous'
  | 'body_invalid'
  | 'body_too_large'
  | 'body_timeout'
  | 'header_mismatch'
  | 'token_malformed'
  | 'token_type'
  | 'token_algorithm'
  | 'token_key'
  | 'token_signature'
  | 'token_issuer'
  | 'token_audience'
  | 'token_expired'
  | 'token_not_yet_valid'
  | 'token_claims'
  | 'token_inactive'
  | 'token_revoked'
  | 'binding_missing'
  | 'binding_mismatch'
  | 'binding_unsupported'
  | 'dpop_proof_missing'
  | 'dpop_proof_invalid'
  | 'dpop_proof_replayed'
  | 'dpop_nonce'
  | 'scope_insufficient'
  | 'principal_missing'
  | 'session_unknown'
  | 'authentication_insufficient'
  | 'operation_denied'
  | 'actor_refused'
  | 'unavailable'
  | 'internal'

/** The HTTP status for each code. The response body is in `http/error-table.ts`. */
export const AUTH_STATUS: Readonly<Record<AuthErrorCode, number>> = {
  credentials_missing: 401,
  credentials_malformed: 400,
  credentials_duplicate: 400,
  origin_refused: 403,
  target_ambiguous: 400,
  body_invalid: 400,
  body_too_large: 413,
  body_timeout: 408,
  header_mismatch: 400,
  token_malformed: 401,
  token_type: 401,
  token_algorithm: 401,
  token_key: 401,
  token_signature: 401,
  token_issuer: 401,
  token_audience: 401,
  token_expired: 401,
  token_not_yet_valid: 401,
  token_claims: 401,
  token_inactive: 401,
  token_revoked: 401,
  binding_missing: 401,
  binding_mismatch: 401,
  binding_unsupported: 401,
  dpop_proof_missing: 401,
  dpop_proof_invalid: 401,
  dpop_proof_replayed: 401,
  dpop_nonce: 401,
  scope_insufficient: 403,
  principal_missing: 403,
  session_unknown: 404,
  authentication_insufficient: 401,
  operation_denied: 403,
  actor_refused: 403,
  unavailable: 503,
  internal: 500,
}

/** The section of the standard for each code. Apart from the statuses, because only an `AuthError` names it. */
export const AUTH_SPEC: Readonly<Record<AuthErrorCode, string>> = {
  credentials_missing: 'RFC 6750 §3',
  credentials_malformed: 'RFC 6750 §3.1',
  credentials_duplicate: 'RFC 6750 §3.1',
  origin_refused: 'MCP 2025-11-25 Streamable HTTP, Security Warning',
  target_ambiguous: 'RFC 9110 §7.1',
  body_invalid: 'JSON-RPC 2.0 §4',
  body_too_large: 'RFC 9110 §15.5.14',
  body_timeout: 'RFC 9110 §15.5.9',
  header_mismatch: 'MCP 2026-07-28 Streamable HTTP, Server Validation',
  token_malformed: 'RFC 7515 §7.1',
  token_type: 'RFC 9068 §4',
  token_algorithm: 'RFC 8725 §3.1',
  token_key: 'RFC 7515 §4.1.4',
  token_signature: 'RFC 7515 §5.2',
  token_issuer: 'RFC 9068 §4',
  token_audience: 'RFC 9068 §4',
  token_expired: 'RFC 7519 §4.1.4',
  token_not_yet_valid: 'RFC 7519 §4.1.5',
  token_claims: 'RFC 9068 §2.2',
  token_inactive: 'RFC 7662 §2.2',
  token_revoked: 'RFC 6750 §3.1',
  binding_missing: 'RFC 9449 §7.2',
  binding_mismatch: 'RFC 9449 §7.1',
  binding_unsupported: 'RFC 7800 §3.1',
  dpop_proof_missing: 'RFC 9449 §7.1',
  dpop_proof_invalid: 'RFC 9449 §4.3',
  dpop_proof_replayed: 'RFC 9449 §11.1',
  dpop_nonce: 'RFC 9449 §9',
  scope_insufficient: 'RFC 6750 §3.1',
  principal_missing: 'MCP 2025-11-25 Security Best Practices, Session Hijacking',
  session_unknown: 'MCP 2025-11-25 Streamable HTTP, Session Management',
  authentication_insufficient: 'RFC 9470 §3',
  operation_denied: 'RFC 9110 §15.5.4',
  actor_refused: 'RFC 8693 §4.1',
  unavailable: 'RFC 9110 §15.6.4',
  internal: 'RFC 9110 §15.6.1',
}
