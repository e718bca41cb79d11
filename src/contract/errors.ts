/**
 * Two of the error classes of the public interface. The library itself passes a rejection as a plain
 * value (`RejectionReason`). Only functions that throw by contract create an `AuthError`.
 */

import { brand, isBranded } from '../lib/brand.ts'
import { ownMembers } from '../lib/own-members.ts'
import { AUTH_SPEC, type AuthErrorCode } from './auth-error-codes.ts'
import { WIRE_ERRORS } from './error-table.ts'

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
  declare readonly code: AuthErrorCode
  /** The HTTP status that {@link challengeResponse} sends. */
  declare readonly status: number
  /** The section of the standard that requires the rejection. */
  declare readonly spec: string
  /** The scopes that a new token needs; empty if the reason is not a scope. */
  declare readonly scopes: readonly string[]
  /** With `authentication_insufficient`: the accepted authentication classes (RFC 9470 §3); may be empty. */
  declare readonly acrValues: readonly string[]
  /** With `authentication_insufficient`: how long ago the user may have authenticated, in seconds. */
  declare readonly maxAgeSeconds: number | undefined

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
    if (!Object.hasOwn(WIRE_ERRORS, code)) throw new TypeError(`Unknown code: ${code}`)
    super(`Request rejected: ${code}`, cause === undefined ? undefined : { cause })
    this.name = 'AuthError'
    this.code = code
    this.status = WIRE_ERRORS[code].status
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
  /** With `unreachable`: the code of the network error, such as `ENOTFOUND`. */
  readonly reason?: string | undefined
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
  declare readonly code: UpstreamErrorCode
  /** The URL of the request for the document. */
  declare readonly url: string
  /** Seconds until the next attempt, if the library delays it. */
  declare readonly retryAfterSeconds: number | undefined
  /** The HTTP status of the response, if the response is the reason. */
  declare readonly status: number | undefined
  /** With `unreachable`: the code of the network error, such as `ENOTFOUND`, if the host has one. */
  declare readonly reason: string | undefined
  /** The metadata member that is missing: `jwks_uri` or `introspection_endpoint`. */
  declare readonly missing: string | undefined
  /** With `issuer_mismatch`: the issuers that are accepted. */
  declare readonly expected: readonly string[] | undefined
  /** With `issuer_mismatch`: the issuer in the document. With `redirect`: the origin of its target. */
  declare readonly received: readonly string[] | undefined

  /**
   * @param code What failed.
   * @param url The URL of the request for the document.
   * @param options The message and further details; no token, claim or key material.
   */
  constructor(code: UpstreamErrorCode, url: string, options: UpstreamErrorOptions = {}) {
    const { message, retryAfterSeconds, status, reason, missing, expected, received } =
      ownMembers(options)
    super(message ?? `${code}: ${url}`)
    this.name = 'UpstreamError'
    this.code = code
    this.url = url
    this.retryAfterSeconds = retryAfterSeconds
    this.status = status
    this.reason = reason
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
