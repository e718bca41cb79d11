/** The failures of a token exchange: a value with a code, and the error that carries it. */

import { brand, isBranded } from '../lib/brand.ts'

/**
 * Why there is no token for the other API. `unavailable` is the only code that a retry alone can change.
 *
 * - `consent_required`: the user must allow the access; `url` is the page for that, if there is one
 * - `step_up_required`: the user must authenticate again, or with a stronger method
 * - `subject_not_accepted`: the authorization server does not accept the token of this user
 * - `target_refused`: the authorization server issues no token for this target or these scopes
 * - `unavailable`: the authorization server gave no usable response
 * - `misconfigured`: the authorization server rejects this client, or there is no origin to send to
 *
 * @example
 * ```ts
 * const LASTING: readonly ExchangeFailureCode[] = ['target_refused', 'misconfigured']
 * ```
 */
export type ExchangeFailureCode =
  | 'consent_required'
  | 'step_up_required'
  | 'subject_not_accepted'
  | 'target_refused'
  | 'unavailable'
  | 'misconfigured'

/**
 * A failed exchange. It contains no token.
 *
 * @example
 * ```ts
 * function describe({ code, url }: ExchangeFailure): string {
 *   return code === 'consent_required' ? `Allow access at ${url}` : `No access: ${code}`
 * }
 * ```
 */
export interface ExchangeFailure {
  /** Distinguishes a failure from an {@link ExchangedToken}. */
  readonly ok: false
  /** The reason. */
  readonly code: ExchangeFailureCode
  /** The `error` of the authorization server, such as `invalid_client` (RFC 6749 §5.2). Not enumerable, as `message`. */
  readonly error?: string | undefined
  /**
   * What happened, for logs: the `error_description` of the authorization server, or why its response cannot be
   * used. It may name a user, and it is not for clients: it is not enumerable, so `JSON.stringify(failure)` and
   * `{ ...failure }` do not contain it.
   */
  readonly message?: string | undefined
  /** With `consent_required`: the https page where the user can allow the access. */
  readonly url?: string | undefined
  /** With `step_up_required`: the claims challenge of the authorization server, as received. */
  readonly claims?: string | undefined
  /** With `step_up_required`: the accepted authentication classes. */
  readonly acrValues?: readonly string[] | undefined
  /** With `step_up_required`: how long ago the user may have authenticated, in seconds. */
  readonly maxAgeSeconds?: number | undefined
  /** With `unavailable`: seconds until the next attempt. */
  readonly retryAfterSeconds?: number | undefined
}

const EXCHANGE_ERROR = Symbol.for('mcp-gatehouse.ExchangeError')

/**
 * A failed exchange as an error. `exchange.fetch` throws it, and handlers may throw it themselves:
 * `protect` and {@link challengeResponse} turn `unavailable` into a 503 with `Retry-After`,
 * `step_up_required` into a 401 with the challenge of RFC 9470, and every other code into a 403 without
 * a challenge.
 *
 * @example
 * ```ts
 * async function readOrders(auth: AuthContext): Promise<Response> {
 *   const token = await orders.exchange(auth)
 *   if (!token.ok) throw new ExchangeError(token)
 *   return fetch('https://orders.example.com/', {
 *     headers: { Authorization: `${token.tokenType} ${token.token}` },
 *     redirect: 'manual',
 *   })
 * }
 * ```
 */
export class ExchangeError extends Error {
  /** The failure. Branch on its `code`, never on the message. */
  readonly failure: ExchangeFailure

  /** @param failure The failure that `exchange()` returned. */
  constructor(failure: ExchangeFailure) {
    super(`The token exchange failed: ${failure.code}`)
    this.name = 'ExchangeError'
    this.failure = failure
    brand(this, EXCHANGE_ERROR)
  }
}

/**
 * Whether a value is an {@link ExchangeError}. Also true for one from another copy of this package.
 *
 * @param value Any value, usually the one that a `catch` received.
 * @returns `true` for an `ExchangeError`.
 * @example
 * ```ts
 * async function consentPage(auth: AuthContext): Promise<string | undefined> {
 *   try {
 *     await orders.fetch(auth, 'https://orders.example.com/')
 *     return undefined
 *   } catch (error) {
 *     if (isExchangeError(error)) return error.failure.url
 *     throw error
 *   }
 * }
 * ```
 */
export function isExchangeError(value: unknown): value is ExchangeError {
  return isBranded(value, EXCHANGE_ERROR)
}
