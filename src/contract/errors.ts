/**
 * Error codes as closed unions, and two of the error classes of the public interface. The library
 * itself passes a rejection as a plain value (`RejectionReason`). Only functions that throw by
 * contract create an `AuthError`.
 */

import { brand, isBranded } from '../lib/brand.ts'
import { ownMembers } from '../lib/own-members.ts'

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

/**
 * Why a remote document (metadata, key set, introspection response) cannot be used.
 *
 * @example
 * ```ts
 * const TRY_AGAIN: readonly UpstreamErrorCode[] = ['unreachable', 'timeout', 'status']
 * ```
 */
export type UpstreamErrorCode =
  | 'unreachable'
  | 'timeout'
  | 'status'
  | 'redirect'
  | 'too_large'
  | 'not_json'
  | 'invalid_document'
  | 'issuer_mismatch'

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

const AUTH_ERROR = Symbol.for('mcp-gatehouse.AuthError')
const UPSTREAM_ERROR = Symbol.for('mcp-gatehouse.UpstreamError')

/**
 * A rejected request, for code that works with exceptions. `verifyAccessToken` and `requireScopes`
 * throw it, a custom `verify` may throw it, and `challengeResponse` builds its `Response`.
 *
 * @example
 * ```ts
 * async function verifySession(token: string): Promise<Record<string, unknown>> {
 *   if (token !== 'session-1') throw new AuthError('token_inactive')
 *   return { sub: 'user-1' }
 * }
 * ```
 */
export class AuthError extends Error {
  /** The reason. Branch on this, never on the message. */
  readonly code: AuthErrorCode
  /** The HTTP status that {@link challengeResponse} sends. */
  readonly status: number
  /** The section of the standard that requires the rejection. */
  readonly spec: string
  /** The scopes that a new token needs; empty if the reason is not a scope. */
  readonly scopes: readonly string[]
  /** With `authentication_insufficient`: the accepted authentication classes (RFC 9470 §3); may be empty. */
  readonly acrValues: readonly string[]
  /** With `authentication_insufficient`: how long ago the user may have authenticated, in seconds. */
  readonly maxAgeSeconds: number | undefined

  /**
   * @param code The reason.
   * @param options `scopes`, `acrValues` and `maxAgeSeconds`: for the challenge. `cause`: for logs, never
   * sent to the client; it must not contain a token or claims.
   */
  constructor(
    code: AuthErrorCode,
    options: {
      cause?: unknown
      scopes?: readonly string[] | undefined
      acrValues?: readonly string[] | undefined
      maxAgeSeconds?: number | undefined
    } = {},
  ) {
    const { cause, scopes = [], acrValues = [], maxAgeSeconds } = ownMembers(options)
    super(`Request rejected: ${code}`, cause === undefined ? undefined : { cause })
    this.name = 'AuthError'
    this.code = code
    this.status = AUTH_STATUS[code]
    this.spec = AUTH_SPEC[code]
    this.scopes = scopes
    this.acrValues = acrValues
    this.maxAgeSeconds = maxAgeSeconds
    brand(this, AUTH_ERROR)
  }
}

/**
 * Whether a value is an {@link AuthError}. Also true for one from another copy of this package.
 *
 * @param value Any value, usually the one that a `catch` received.
 * @returns `true` for an `AuthError`.
 * @example
 * ```ts
 * async function whyNot(token: string): Promise<string> {
 *   try {
 *     await verifyAccessToken(token, notes)
 *     return 'accepted'
 *   } catch (error) {
 *     return isAuthError(error) ? error.code : 'unknown'
 *   }
 * }
 * ```
 */
export function isAuthError(value: unknown): value is AuthError {
  return isBranded(value, AUTH_ERROR)
}

/**
 * What an {@link UpstreamError} holds besides its code and URL. Must not contain tokens, claims or keys.
 *
 * @example
 * ```ts
 * function toUpstreamError(url: string, status: number): UpstreamError {
 *   const options: UpstreamErrorOptions = { status, retryAfterSeconds: 30 }
 *   return new UpstreamError('status', url, options)
 * }
 * ```
 */
export interface UpstreamErrorOptions {
  /** What happened, in one sentence. @default the code and the URL */
  readonly message?: string | undefined
  /** Seconds until the next attempt. */
  readonly retryAfterSeconds?: number | undefined
  /** The HTTP status of the response, if the response is the reason. */
  readonly status?: number | undefined
  /** The metadata member that is missing: `jwks_uri` or `introspection_endpoint`. */
  readonly missing?: string | undefined
  /** With `issuer_mismatch`: the issuers that are accepted. */
  readonly expected?: readonly string[] | undefined
  /** With `issuer_mismatch`: the issuer in the document. With `redirect`: the origin of its target. */
  readonly received?: readonly string[] | undefined
}

/**
 * A remote document (authorization server metadata, a key set, an introspection response) could not
 * be fetched or is not valid. It says nothing about the token, so the request gets a 503, not a 401.
 *
 * @example
 * ```ts
 * function toUpstreamError(url: string, status: number): UpstreamError {
 *   const options: UpstreamErrorOptions = { status, retryAfterSeconds: 30 }
 *   return new UpstreamError('status', url, options)
 * }
 * ```
 */
export class UpstreamError extends Error {
  /** What failed. */
  readonly code: UpstreamErrorCode
  /** The URL of the request for the document. */
  readonly url: string
  /** Seconds until the next attempt, if the library delays it. */
  readonly retryAfterSeconds: number | undefined
  /** The HTTP status of the response, if the response is the reason. */
  readonly status: number | undefined
  /** The metadata member that is missing: `jwks_uri` or `introspection_endpoint`. */
  readonly missing: string | undefined
  /** With `issuer_mismatch`: the issuers that are accepted. */
  readonly expected: readonly string[] | undefined
  /** With `issuer_mismatch`: the issuer in the document. With `redirect`: the origin of its target. */
  readonly received: readonly string[] | undefined

  /**
   * @param code What failed.
   * @param url The URL of the request for the document.
   * @param options The message and further details; no token, claim or key material.
   */
  constructor(code: UpstreamErrorCode, url: string, options: UpstreamErrorOptions = {}) {
    const { message, retryAfterSeconds, status, missing, expected, received } = ownMembers(options)
    super(message ?? `${code}: ${url}`)
    this.name = 'UpstreamError'
    this.code = code
    this.url = url
    this.retryAfterSeconds = retryAfterSeconds
    this.status = status
    this.missing = missing
    this.expected = expected
    this.received = received
    brand(this, UPSTREAM_ERROR)
  }
}

/**
 * Whether a value is an {@link UpstreamError}. Also true for one from another copy of this package.
 *
 * @param value Any value, usually the one that a `catch` received.
 * @returns `true` for an `UpstreamError`.
 * @example
 * ```ts
 * async function isUp(issuer: string): Promise<boolean> {
 *   try {
 *     await discoverAuthorizationServer(issuer)
 *     return true
 *   } catch (error) {
 *     if (isUpstreamError(error)) return false
 *     throw error
 *   }
 * }
 * ```
 */
export function isUpstreamError(value: unknown): value is UpstreamError {
  return isBranded(value, UPSTREAM_ERROR)
}
