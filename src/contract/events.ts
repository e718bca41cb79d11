/** What the library tells the application about what it did. Told, never asked: nothing depends on it. */

import { dropPromise } from '../lib/promise.ts'
import type { AuthErrorCode, UpstreamError, UpstreamErrorCode } from './errors.ts'

/**
 * Something happened that an operator may want to count, log or be woken by. No event ever holds a
 * token, a claim set or key material, and `issuer` is always a configured one.
 */
export type AuthEvent = AcceptedEvent | RefusedEvent | DocumentEvent | WarningEvent

/** A request passed. */
export interface AcceptedEvent {
  /** Tells this event from the others. */
  readonly type: 'accepted'
  /** The resource identifier. */
  readonly resource: string
  /** The configured issuer whose token it was. */
  readonly issuer: string
  /** Whether the token had been verified before. */
  readonly cached: boolean
  /** With `measureDurations`: milliseconds from the request to the decision. */
  readonly durationMs?: number
}

/** A request was refused. */
export interface RefusedEvent {
  /** Tells this event from the others. */
  readonly type: 'refused'
  /** The resource identifier. */
  readonly resource: string
  /** The precise reason, which the client is not told. */
  readonly code: AuthErrorCode
  /** The HTTP status of the answer. */
  readonly status: number
  /** The configured issuer the token named, if it named one. */
  readonly issuer?: string
  /**
   * What would have been accepted. `token_audience`: audiences. `token_issuer`: issuers, templates
   * as they are configured. `token_type`, `token_algorithm`: values of `typ` and `alg`.
   * `token_malformed`, of an opaque token: the kinds of tokens that are taken. `scope_insufficient`:
   * the scopes that were needed. `origin_refused`: origins. `binding_missing`, behind a proxy: the
   * header field that names the certificate.
   */
  readonly expected?: readonly string[]
  /**
   * What came instead; empty: nothing did. `token_audience`: the `aud` of a token whose signature
   * held. `token_issuer`: the `iss`, which anybody can write into a token. `token_type`,
   * `token_algorithm`: a registered value, or `unregistered`. `token_malformed`: `opaque`.
   * `scope_insufficient`: the scopes that were granted. `origin_refused`: the `Origin`.
   * `binding_missing`: `unreadable`, for a header field that holds no certificate. At most 16 texts
   * of at most 256 characters, without control characters.
   */
  readonly received?: readonly string[]
  /** With `token_claims`: the claim that is missing or has the wrong type, where it is one. */
  readonly claim?: string
  /** The reason that a decision of yours gave. */
  readonly denied?: string
  /** With `measureDurations`: milliseconds from the request to the decision, where there was one. */
  readonly durationMs?: number
}

/** A document of an authorization server was fetched, or could not be. */
export interface DocumentEvent {
  /** Tells this event from the others. */
  readonly type: 'document'
  /** The configured issuer. */
  readonly issuer: string
  /** Where the document was found, or where it was asked for. */
  readonly url: string
  /**
   * `fetched`: a new copy is in use. `stale`: the refresh failed, the last good copy serves on.
   * `failed`: there is no copy to serve. `key_skipped`: the set holds a key that cannot be used.
   * `key_undecided`: a token named a key that may exist but cannot be asked for right now.
   * `store_failed`: the shared store did not answer or refused.
   */
  readonly outcome:
    | 'fetched'
    | 'stale'
    | 'failed'
    | 'key_skipped'
    | 'key_undecided'
    | 'store_failed'
  /**
   * What was wrong, where something was. `stale` and `failed` have none after an exception of this
   * library or its host, which says nothing about the server; without a copy to serve that is a 500.
   */
  readonly code?: UpstreamErrorCode
  /** With `status` and `redirect`: the HTTP status that was answered. */
  readonly status?: number
  /** The member that the metadata lacks: `jwks_uri`, `introspection_endpoint`. */
  readonly missing?: string
  /** With `issuer_mismatch`: the issuers that would have been accepted. */
  readonly expected?: readonly string[]
  /** With `issuer_mismatch`: the issuer that the document names. With `redirect`: the origin it points to. */
  readonly received?: readonly string[]
}

/**
 * The configuration is accepted, but probably not what was meant. Told when the resource is made.
 * Without a listener it is printed with `console.warn`, each warning once in a process.
 */
export interface WarningEvent {
  /** Tells this event from the others. */
  readonly type: 'warning'
  /** Which option, as in `ConfigError`. */
  readonly path: string
  /** What will happen, and what to do instead. */
  readonly message: string
}

/** The event about a document, with all that its error knows if there is one. */
export function documentEvent(
  issuer: string,
  place: string,
  outcome: DocumentEvent['outcome'],
  error?: UpstreamError,
): DocumentEvent {
  if (error === undefined) return { type: 'document', issuer, url: place, outcome }
  const { url, code, status, missing, expected, received } = error
  const tellsStatus = status !== undefined && (code === 'status' || code === 'redirect')
  return {
    type: 'document',
    issuer,
    url,
    outcome,
    code,
    ...(tellsStatus ? { status } : {}),
    ...(missing === undefined ? {} : { missing }),
    ...(expected === undefined ? {} : { expected }),
    ...(received === undefined ? {} : { received }),
  }
}

/** When a decision begins, if anybody wants to know how long it takes. */
export function startTiming(isWanted: boolean): number | undefined {
  return isWanted ? performance.now() : undefined
}

/** The member of an event that says how long it took. */
export function durationSince(startedMs: number | undefined): { readonly durationMs?: number } {
  return startedMs === undefined ? {} : { durationMs: performance.now() - startedMs }
}

/** Warnings that were printed: a resource that is made again, for each tenant say, repeats none. */
const PRINTED = new Set<string>()
const MAX_PRINTED = 100

/** Tells what is probably not meant. Where nothing listens it is printed, once in a process. */
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
  // biome-ignore lint/suspicious/noConsole: the one place; without a listener a warning would reach no reader.
  console.warn(`mcp-gatehouse, ${resource}: ${text}. Give onEvent to be told instead.`)
}

/** Tells an event. A listener that throws, at once or in a promise, changes nothing. */
export function emit(listener: ((event: AuthEvent) => void) | undefined, event: AuthEvent): void {
  if (listener === undefined) return
  try {
    // One that is `async` fails later; unhandled, that would end the process.
    dropPromise(listener(event))
  } catch {
    // An observer must not be able to let a request in, or keep one out.
  }
}
