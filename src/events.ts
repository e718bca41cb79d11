/** What the library tells the application about what it did. Told, never asked: nothing depends on it. */

import type { AuthErrorCode, UpstreamErrorCode } from './errors.ts'
import { dropPromise } from './lib/promise.ts'

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
  /** With `token_audience`: the audiences that would have been accepted. */
  readonly expected?: readonly string[]
  /** With `token_audience`: the `aud` of a token whose signature held. */
  readonly received?: readonly string[]
  /** With `measureDurations`: milliseconds from the request to the decision, where there was one. */
  readonly durationMs?: number
}

/** A document of an authorization server was fetched, or could not be. */
export interface DocumentEvent {
  /** Tells this event from the others. */
  readonly type: 'document'
  /** The configured issuer. */
  readonly issuer: string
  /** Where the document lives. */
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
  /** What was wrong, where something was. */
  readonly code?: UpstreamErrorCode
}

/** The configuration is accepted, but probably not what was meant. Told when the resource is made. */
export interface WarningEvent {
  /** Tells this event from the others. */
  readonly type: 'warning'
  /** Which option, as in `ConfigError`. */
  readonly path: string
  /** What will happen, and what to do instead. */
  readonly message: string
}

/** When a decision begins, if anybody wants to know how long it takes. */
export function startTiming(isWanted: boolean): number | undefined {
  return isWanted ? performance.now() : undefined
}

/** The member of an event that says how long it took. */
export function durationSince(startedMs: number | undefined): { readonly durationMs?: number } {
  return startedMs === undefined ? {} : { durationMs: performance.now() - startedMs }
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
