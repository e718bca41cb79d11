/** Events for logs and metrics. No decision depends on a listener. */

import { visible } from '../lib/legible.ts'
import { definedMembers } from '../lib/own-members.ts'
import { dropPromise } from '../lib/promise.ts'
import type { AuthErrorCode } from './auth-error-codes.ts'
import type { UpstreamError, UpstreamErrorCode } from './errors.ts'

/**
 * An event for logs, metrics and alerts. Events contain no token, no claim set and no key material.
 * `issuer` is always a configured issuer. Lists are copies, so changing them has no effect.
 *
 * @example
 * ```ts
 * function log(event: AuthEvent): void {
 *   if (event.type === 'accepted') lines.push(formatAccepted(event))
 *   if (event.type === 'refused') lines.push(formatRefused(event))
 *   if (event.type === 'document') lines.push(formatDocument(event))
 *   if (event.type === 'warning') lines.push(formatWarning(event))
 * }
 * ```
 */
export type AuthEvent = AcceptedEvent | RefusedEvent | DocumentEvent | WarningEvent

/**
 * A request was accepted.
 *
 * @example
 * ```ts
 * function formatAccepted({ issuer, cached }: AcceptedEvent): string {
 *   return `accepted a token of ${issuer}${cached ? ' again' : ''}`
 * }
 * ```
 */
export interface AcceptedEvent {
  /** The type of the event. */
  readonly type: 'accepted'
  /** The resource identifier. */
  readonly resource: string
  /** The configured issuer of the token. */
  readonly issuer: string
  /** Whether the result came from the cache of verified JWTs. `false` for introspected and custom tokens, also with `cacheSeconds`. */
  readonly cached: boolean
  /** With `decisionMode: 'report'`: why the request would have been rejected. */
  readonly unenforced?: UnenforcedRejection
  /** With `measureDurations`: milliseconds from the request to the decision. */
  readonly durationMs?: number
}

/**
 * The rejection that `decisionMode: 'report'` did not enforce.
 *
 * @example
 * ```ts
 * function formatUnenforced({ code, denied, expected = [] }: UnenforcedRejection): string {
 *   return `would be ${code}: ${denied ?? expected.join(', ')}`
 * }
 * ```
 */
export interface UnenforcedRejection {
  /** The code that the `refused` event would have. */
  readonly code: 'operation_denied' | 'scope_insufficient'
  /** With `operation_denied`: the reason of the denial. */
  readonly denied?: string
  /** With `scope_insufficient`: the required scopes. */
  readonly expected?: readonly string[]
  /** With `scope_insufficient`: the granted scopes. */
  readonly received?: readonly string[]
}

/**
 * A request was rejected.
 *
 * @example
 * ```ts
 * function formatRefused({ status, code, expected = [] }: RefusedEvent): string {
 *   return `${status} ${code}, expected: ${expected.join(', ')}`
 * }
 * ```
 */
export interface RefusedEvent {
  /** The type of the event. */
  readonly type: 'refused'
  /** The resource identifier. */
  readonly resource: string
  /** The precise reason. It is not sent to the client. */
  readonly code: AuthErrorCode
  /** The HTTP status of the response. */
  readonly status: number
  /** The configured issuer that the token names, if it names one. */
  readonly issuer?: string
  /**
   * The accepted values. `token_audience`: audiences. `token_issuer`: issuers and issuer templates.
   * `token_type`, `token_algorithm`: values of `typ` and `alg`. `token_malformed` of an opaque token:
   * token formats. `scope_insufficient`: the required scopes. `origin_refused`: origins.
   * `binding_missing` behind a proxy: the header field of the certificate.
   */
  readonly expected?: readonly string[]
  /**
   * The received values; empty if there were none. `token_audience`: the `aud` of a token with a valid
   * signature. `token_issuer`: the `iss` of an unverified token. `token_type`, `token_algorithm`: a
   * registered value, or `unregistered`. `token_malformed`: `opaque`. `scope_insufficient`: the granted
   * scopes. `origin_refused`: the `Origin`. `operation_denied` after a failed token exchange: the `error` of the
   * authorization server. `binding_missing`: `unreadable` if the header field contains no certificate.
   * `dpop_proof_invalid`: the `htu` without its query, or the `iat`, of a proof whose signature may be invalid. At most 16 strings of at most 256 characters, without control characters.
   */
  readonly received?: readonly string[]
  /**
   * With `token_claims`: the claim that is missing or has the wrong type, if it is a single one. With `token_audience`:
   * `aud`, if it contains no audience. With `dpop_proof_invalid`: the claim of the proof that does not fit the request:
   * `htm`, `htu`, `ath` or `iat`. Without it, the proof is not a JWT as RFC 9449 §4.2 defines it, its `exp` or `nbf`
   * excludes the time, or its signature is invalid. With `logout`: also a claim that a logout token must not have, and `jti`
   * if it was used before.
   */
  readonly claim?: string
  /** `true`: `backchannelLogoutResponse` rejected a logout token, or a form without one. */
  readonly logout?: true
  /** The reason that a decision function of the application returned. */
  readonly denied?: string
  /**
   * With `internal` and `unavailable`: the option whose function or store threw, timed out or returned an
   * invalid value. `mapClaims`, `issuerTemplate.allow` and the members of `accessToken` are those of a
   * server; `token`, `operations`, `acceptActors`, `revocation` and `dpop.replay`
   * those of the resource. The exception is not part of the event, because it may contain the token.
   */
  readonly option?: string
  /** With `measureDurations`: milliseconds from the request to the decision. */
  readonly durationMs?: number
}

/**
 * A document of an authorization server was fetched, or fetching it failed.
 *
 * @example
 * ```ts
 * function formatDocument({ outcome, url, message }: DocumentEvent): string {
 *   return `${outcome} ${url} ${message ?? ''}`
 * }
 * ```
 */
export interface DocumentEvent {
  /** The type of the event. */
  readonly type: 'document'
  /** The configured issuer. */
  readonly issuer: string
  /** The URL of the document, or of the request for it, without control characters. */
  readonly url: string
  /**
   * `fetched`: a new copy is in use. `stale`: refreshing failed, the last valid copy stays in use.
   * `failed`: there is no usable copy. `key_skipped`: the key set contains an unusable key.
   * `key_undecided`: the key of a token is unknown, and the rate limit does not allow a refresh now.
   * `store_failed`: the shared store failed or timed out.
   */
  readonly outcome:
    | 'fetched'
    | 'stale'
    | 'failed'
    | 'key_skipped'
    | 'key_undecided'
    | 'store_failed'
  /**
   * What failed. `stale` and `failed` have no code after an exception in this library or its host,
   * because that says nothing about the server; without a usable copy the request is then a 500.
   */
  readonly code?: UpstreamErrorCode
  /**
   * With `code`: what happened, in one sentence, such as the member of the document that is not valid. For
   * people; it may change.
   */
  readonly message?: string
  /** With `status` and `redirect`: the HTTP status of the response. */
  readonly status?: number
  /** With `unreachable`: the code of the network error, such as `ENOTFOUND`, on Node and Bun. */
  readonly reason?: string
  /** The metadata member that is missing: `jwks_uri` or `introspection_endpoint`. */
  readonly missing?: string
  /** With `issuer_mismatch`: the issuers that are accepted. */
  readonly expected?: readonly string[]
  /** With `issuer_mismatch`: the issuer in the document. With `redirect`: the origin of its target. */
  readonly received?: readonly string[]
}

/**
 * The configuration is valid but probably a mistake. Emitted when the resource is created. Without a
 * listener, `console.warn` prints it, each warning once per process.
 *
 * @example
 * ```ts
 * function formatWarning({ path, message }: WarningEvent): string {
 *   return `${path} ${message}`
 * }
 * ```
 */
export interface WarningEvent {
  /** The type of the event. */
  readonly type: 'warning'
  /** The option, in the form of `ConfigError`. */
  readonly path: string
  /** The consequence and how to avoid it. */
  readonly message: string
}

/** Builds the event of a document, with the details of its error. */
export function documentEvent(
  issuer: string,
  place: string,
  outcome: DocumentEvent['outcome'],
  error?: UpstreamError,
): DocumentEvent {
  if (error === undefined) return { type: 'document', issuer, url: visible(place), outcome }
  const { url, code, message, status, reason, missing, expected, received } = error
  const hasStatus = status !== undefined && (code === 'status' || code === 'redirect')
  return {
    type: 'document',
    issuer,
    // A server publishes some of the URLs, and the parser of URLs accepts line breaks.
    url: visible(url),
    outcome,
    code,
    message: visible(message),
    ...definedMembers({
      status: hasStatus ? status : undefined,
      reason,
      missing,
      expected: expected && [...expected],
      received: received && [...received],
    }),
  }
}

/** The start time of a decision in milliseconds; `undefined` if durations are not measured. */
export function startTiming(isWanted: boolean): number | undefined {
  return isWanted ? performance.now() : undefined
}

/** The `durationMs` member of an event. */
export function durationSince(startedMs: number | undefined): { readonly durationMs?: number } {
  return startedMs === undefined ? {} : { durationMs: performance.now() - startedMs }
}

/** Printed warnings. A program that creates a resource per tenant prints each warning once. */
const PRINTED = /* @__PURE__ */ new Set<string>()
const MAX_PRINTED = 100

/** Emits a warning. Without a listener it is printed, once per process. */
export function warn(
  listener: ((event: AuthEvent) => void) | undefined,
  { path, message }: Omit<WarningEvent, 'type'>,
  resource: string,
): void {
  if (listener !== undefined) {
    emit(listener, { type: 'warning', path, message })
    return
  }
  const text = `${path} ${message}`
  if (PRINTED.has(text) || PRINTED.size >= MAX_PRINTED) return
  PRINTED.add(text)
  // biome-ignore lint/suspicious/noConsole: without a listener the warning would be lost.
  console.warn(`mcp-gatehouse, ${resource}: ${text}. Set onEvent to receive warnings as events.`)
}

/** Calls the listener. An exception or a rejected promise in it changes nothing. */
export function emit(listener: ((event: AuthEvent) => void) | undefined, event: AuthEvent): void {
  if (listener === undefined) return
  try {
    // An `async` listener may reject later; an unhandled rejection would end the process.
    dropPromise(listener(event))
  } catch {
    // A listener must not change a decision.
  }
}
