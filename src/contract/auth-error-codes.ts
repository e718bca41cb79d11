/** The codes of rejections, and the standards that require them. */

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

/** The section of the standard for each code. Apart from `error-table.ts`, because only an `AuthError` names it. */
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
