/**
 * Everything that can go wrong, as closed unions, and the three error classes that carry it to
 * callers. Inside the library a refusal is a plain value ({@link RejectionReason}); an `AuthError` is made
 * only for who asks for one.
 */

import { ownMembers } from '../lib/own-members.ts'

/** Why a request was refused. For programs and logs: it never reaches the client. */
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
  | 'binding_missing'
  | 'binding_mismatch'
  | 'binding_unsupported'
  | 'dpop_proof_missing'
  | 'dpop_proof_invalid'
  | 'dpop_proof_replayed'
  | 'dpop_nonce'
  | 'scope_insufficient'
  | 'authentication_insufficient'
  | 'unavailable'
  | 'internal'

/** What was wrong with a remote document: discovery, keys or introspection. */
export type UpstreamErrorCode =
  | 'unreachable'
  | 'timeout'
  | 'status'
  | 'redirect'
  | 'too_large'
  | 'not_json'
  | 'invalid_document'
  | 'issuer_mismatch'

/** A refusal as a value: what the pipeline hands from step to step instead of throwing. */
export interface RejectionReason {
  readonly code: AuthErrorCode
  /** The configured issuer the credentials belong to, where that much is known. */
  readonly issuer?: string | undefined
  /** Scopes to name in the challenge instead of what the request needs. */
  readonly scopes?: readonly string[] | undefined
  /** With `authentication_insufficient`: what would do (RFC 9470 §3). */
  readonly acrValues?: readonly string[] | undefined
  readonly maxAgeSeconds?: number | undefined
  /** With `dpop_nonce`: the nonce to use. */
  readonly nonce?: string | undefined
  /** What would have been accepted, and what came: as `RefusedEvent` has them, before they are bounded. */
  readonly expected?: readonly string[] | undefined
  readonly received?: readonly string[] | undefined
  /** With `token_claims`: the claim that is missing or has the wrong type. */
  readonly claim?: string | undefined
  /** What the application's own decision gave as its reason. For events only. */
  readonly denied?: string | undefined
  /** With `unavailable`: whole seconds after which a new attempt makes sense. */
  readonly retryAfterSeconds?: number | undefined
  /** With `unavailable`: which document could not be had, and why. */
  readonly cause?: unknown
  /** With `header_mismatch`: the `id` that the JSON-RPC error answers. */
  readonly requestId?: string | number | undefined
  /** With `credentials_missing`: the methods that need none, answered with 405 instead of 401. */
  readonly allow?: string | undefined
  /** Not a decision about credentials: no event is emitted. */
  readonly isSilent?: boolean | undefined
  /** A fixed text that replaces the description of the wire table. */
  readonly description?: string | undefined
}

/** HTTP status and the paragraph it rests on, for each code. The wire form is in `http/failure.ts`. */
export const AUTH_ERRORS: Readonly<
  Record<AuthErrorCode, { readonly status: number; readonly spec: string }>
> = {
  credentials_missing: { status: 401, spec: 'RFC 6750 §3' },
  credentials_malformed: { status: 400, spec: 'RFC 6750 §3.1' },
  credentials_duplicate: { status: 400, spec: 'RFC 6750 §3.1' },
  origin_refused: { status: 403, spec: 'MCP 2025-11-25 Streamable HTTP, Security Warning' },
  target_ambiguous: { status: 400, spec: 'RFC 9110 §7.1' },
  body_invalid: { status: 400, spec: 'JSON-RPC 2.0 §4' },
  body_too_large: { status: 413, spec: 'RFC 9110 §15.5.14' },
  body_timeout: { status: 408, spec: 'RFC 9110 §15.5.9' },
  header_mismatch: { status: 400, spec: 'MCP 2026-07-28 Streamable HTTP, Server Validation' },
  token_malformed: { status: 401, spec: 'RFC 7515 §7.1' },
  token_type: { status: 401, spec: 'RFC 9068 §4' },
  token_algorithm: { status: 401, spec: 'RFC 8725 §3.1' },
  token_key: { status: 401, spec: 'RFC 7515 §4.1.4' },
  token_signature: { status: 401, spec: 'RFC 7515 §5.2' },
  token_issuer: { status: 401, spec: 'RFC 9068 §4' },
  token_audience: { status: 401, spec: 'RFC 9068 §4' },
  token_expired: { status: 401, spec: 'RFC 7519 §4.1.4' },
  token_not_yet_valid: { status: 401, spec: 'RFC 7519 §4.1.5' },
  token_claims: { status: 401, spec: 'RFC 9068 §2.2' },
  token_inactive: { status: 401, spec: 'RFC 7662 §2.2' },
  binding_missing: { status: 401, spec: 'RFC 9449 §7.2' },
  binding_mismatch: { status: 401, spec: 'RFC 9449 §7.1' },
  binding_unsupported: { status: 401, spec: 'RFC 7800 §3.1' },
  dpop_proof_missing: { status: 401, spec: 'RFC 9449 §7.1' },
  dpop_proof_invalid: { status: 401, spec: 'RFC 9449 §4.3' },
  dpop_proof_replayed: { status: 401, spec: 'RFC 9449 §11.1' },
  dpop_nonce: { status: 401, spec: 'RFC 9449 §9' },
  scope_insufficient: { status: 403, spec: 'RFC 6750 §3.1' },
  authentication_insufficient: { status: 401, spec: 'RFC 9470 §3' },
  unavailable: { status: 503, spec: 'RFC 9110 §15.6.4' },
  internal: { status: 500, spec: 'RFC 9110 §15.6.1' },
}

// Brands survive two copies of this package in one program; `instanceof` does not.
const AUTH_ERROR = Symbol.for('mcp-gatehouse.AuthError')
const UPSTREAM_ERROR = Symbol.for('mcp-gatehouse.UpstreamError')

/**
 * A refused request, for code that works with exceptions: `verifyAccessToken` and `requireScopes`
 * throw it, a custom `verify` may throw it, and `challengeResponse` turns it into its `Response`.
 */
export class AuthError extends Error {
  /** Why, as a closed union: branch on this, never on the message. */
  readonly code: AuthErrorCode
  /** The HTTP status that {@link challengeResponse} answers. */
  readonly status: number
  /** The paragraph the refusal rests on. */
  readonly spec: string
  /** Scopes that a new token would need; empty where scopes are not the matter. */
  readonly scopes: readonly string[]

  /**
   * @param code Why the request is refused.
   * @param options `scopes` for the challenge; `cause` for logs, never shown to the client. Do not
   * pass a token or claims as the cause.
   */
  constructor(
    code: AuthErrorCode,
    options: { cause?: unknown; scopes?: readonly string[] | undefined } = {},
  ) {
    const { cause, scopes = [] } = ownMembers(options)
    super(`Request refused: ${code}`, cause === undefined ? undefined : { cause })
    this.name = 'AuthError'
    this.code = code
    this.status = AUTH_ERRORS[code].status
    this.spec = AUTH_ERRORS[code].spec
    this.scopes = scopes
    Object.defineProperty(this, AUTH_ERROR, ownMembers({ value: true }))
  }
}

/**
 * Whether the value is an {@link AuthError}, of this copy of the package or any other.
 *
 * @param value Anything, typically what a `catch` received.
 * @returns `true` for an `AuthError`.
 */
export function isAuthError(value: unknown): value is AuthError {
  return isBranded(value, AUTH_ERROR)
}

/** What is known of a failure besides its code. */
export interface UpstreamErrorDetails {
  /** The member that the metadata lacks: `jwks_uri`, `introspection_endpoint`. */
  readonly missing?: string | undefined
  /** With `issuer_mismatch`: the issuers that would have been accepted. */
  readonly expected?: readonly string[] | undefined
  /** With `issuer_mismatch`: the issuer that the document names. With `redirect`: the origin it points to. */
  readonly received?: readonly string[] | undefined
}

/**
 * A document that others serve (authorization server metadata, a key set, an introspection answer)
 * could not be had or does not fit. Never says anything about the token: answered with 503.
 */
export class UpstreamError extends Error {
  /** What was wrong, as a closed union. */
  readonly code: UpstreamErrorCode
  /** Where the document was asked for. */
  readonly url: string
  /** Whole seconds after which the document is asked for again, where the failure is remembered. */
  readonly retryAfterSeconds: number | undefined
  /** The HTTP status that was answered, where it is the answer as such that is wrong. */
  readonly status: number | undefined
  /** The member that the metadata lacks: `jwks_uri`, `introspection_endpoint`. */
  readonly missing: string | undefined
  /** With `issuer_mismatch`: the issuers that would have been accepted. */
  readonly expected: readonly string[] | undefined
  /** With `issuer_mismatch`: the issuer that the document names. With `redirect`: the origin it points to. */
  readonly received: readonly string[] | undefined

  /**
   * @param code What was wrong.
   * @param url Where the document was asked for.
   * @param message What happened, in a sentence; no token, claim or key material in it. By default
   * the code and the URL.
   * @param retryAfterSeconds When the next attempt will be made, if known.
   * @param status The HTTP status, where one was answered.
   * @param details What else is known; no token, claim or key material in it.
   */
  constructor(
    code: UpstreamErrorCode,
    url: string,
    message: string = `${code}: ${url}`,
    retryAfterSeconds?: number,
    status?: number,
    details: UpstreamErrorDetails = {},
  ) {
    super(message)
    this.name = 'UpstreamError'
    this.code = code
    this.url = url
    this.retryAfterSeconds = retryAfterSeconds
    this.status = status
    this.missing = details.missing
    this.expected = details.expected
    this.received = details.received
    Object.defineProperty(this, UPSTREAM_ERROR, ownMembers({ value: true }))
  }
}

/** Whether the value is an {@link UpstreamError}, of this copy of the package or any other. */
export function isUpstreamError(value: unknown): value is UpstreamError {
  return isBranded(value, UPSTREAM_ERROR)
}

/** What a thrown value amounts to: only our own errors say something about the request. */
export function rejectionReasonOf(error: unknown): RejectionReason {
  // Another version of this package may have codes that this one cannot answer.
  if (isAuthError(error) && Object.hasOwn(AUTH_ERRORS, error.code)) {
    return { code: error.code, scopes: error.scopes.length > 0 ? error.scopes : undefined }
  }
  if (isUpstreamError(error)) {
    return { code: 'unavailable', retryAfterSeconds: error.retryAfterSeconds, cause: error }
  }
  return { code: 'internal' }
}

/** One mistake in a configuration: where it is, and what to do about it. */
export interface ConfigProblem {
  /** Which option: `authorizationServers[0].issuer`, say. */
  readonly path: string
  /** What is wrong with it, and the remedy; a sentence that begins after the path. */
  readonly message: string
}

/** The configuration is wrong. Thrown when a resource is made, with every mistake in it at once. */
export class ConfigError extends Error {
  /** Every mistake: `path` as in `authorizationServers[0].issuer`, `message` with the remedy. */
  readonly problems: readonly ConfigProblem[]

  /** @param problems At least one. */
  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ path, message }) => `  ${path}: ${message}`)
    super(`The configuration has ${counted(problems.length)}:\n${lines.join('\n')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

function counted(count: number): string {
  return count === 1 ? 'a mistake' : `${count} mistakes`
}

function isBranded(value: unknown, brand: symbol): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, brand)
}
