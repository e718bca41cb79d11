/** Calls the application's `verify` function, with a deadline and size limits. */

import type { CustomTokenOptions, TokenContext } from '../contract/access-token-options.ts'
import { OPAQUE_DEFAULTS } from '../contract/defaults.ts'
import { UpstreamError } from '../contract/errors.ts'
import type { Fetch } from '../contract/ports.ts'
import { rejectionReasonOf } from '../contract/rejection-reason.ts'
import { boundedFetch, type FetchPolicy } from '../documents/bounded-fetch.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import { isObject } from '../lib/json.ts'
import { withoutNulls } from '../lib/own-members.ts'
import { fail, succeed } from '../lib/result.ts'
import { isSecureTransport, parseUrl } from '../lib/safe-url.ts'
import { within } from '../lib/within.ts'
import { type ClaimsResult, ResponseCache } from './response-cache.ts'

/** The values that custom verification depends on. */
interface CustomDependencies {
  readonly issuer: string
  readonly resource: string
  readonly policy: FetchPolicy
  readonly now: () => number
}

/** The custom verification of one server. */
export class CustomVerification {
  readonly #options: CustomTokenOptions
  readonly #dependencies: CustomDependencies
  readonly #cache: ResponseCache

  constructor(options: CustomTokenOptions, dependencies: CustomDependencies) {
    const { issuer, policy, now } = dependencies
    this.#options = options
    this.#dependencies = dependencies
    const { timeoutMs } = policy
    this.#cache = new ResponseCache({
      seconds: options.cacheSeconds ?? OPAQUE_DEFAULTS.cacheSeconds,
      now,
      timeoutMs,
      url: issuer,
    })
  }

  /**
   * Gives the claims that the application returns for a token.
   *
   * Checks: that `verify` returns an object or `null` before the deadline.
   *
   * Does not check: the claims; see `checkClaims`.
   *
   * @returns A copy of the claims, `undefined` for a token that is not valid.
   *
   * Fails with
   * - the code of an `AuthError` that was thrown
   * - `unavailable` — an `UpstreamError` was thrown, or the deadline passed
   * - `internal` — anything else was thrown or returned: a bug in `verify` is never a 401
   */
  verify(
    token: string,
    budget: RequestBudget,
    request: Request | undefined,
  ): Promise<ClaimsResult> {
    return this.#cache.find(token, budget, (own) => this.#verifyInTime(token, own, request))
  }

  async #verifyInTime(
    token: string,
    budget: RequestBudget,
    request: Request | undefined,
  ): Promise<ClaimsResult> {
    const { issuer, policy } = this.#dependencies
    const left = budget.remainingMs(policy.timeoutMs)
    return within(this.#verify(token, this.#contextOf(token, budget, request)), left, () => {
      const message = `The verification of tokens of ${issuer} did not end in time`
      const cause = new UpstreamError('timeout', issuer, { message })
      return fail({ ...rejectionReasonOf(cause), option: 'accessToken.verify' })
    })
  }

  async #verify(token: string, context: TokenContext): Promise<ClaimsResult> {
    try {
      const claims: unknown = await this.#options.verify(token, context)
      if (claims === null) return succeed(undefined)
      // A copy: these claims are cached and frozen, and the application may still use its own.
      return isObject(claims)
        ? succeed(withoutNulls(structuredClone(claims)))
        : fail({ code: 'internal', option: 'accessToken.verify' })
    } catch (error) {
      return fail({ ...rejectionReasonOf(error), option: 'accessToken.verify' })
    }
  }

  #contextOf(token: string, budget: RequestBudget, request: Request | undefined): TokenContext {
    const { issuer, resource, policy, now } = this.#dependencies
    const fetch = createContextFetch(token, policy, budget)
    return { issuer, resource, fetch, now, ...(request === undefined ? {} : { request }) }
  }
}

/** A `fetch` with limits. Its failures are `UpstreamError`s, which become a 503. */
function createContextFetch(token: string, policy: FetchPolicy, budget: RequestBudget): Fetch {
  return async (url, init = {}) => {
    const parsed = parseUrl(url)
    if (parsed === undefined || !isSecureTransport(parsed, policy.allowHttp)) {
      throw new TypeError('A token may only be sent to an https URL')
    }
    const left = budget.remainingMs(policy.timeoutMs)
    const fetched = await boundedFetch(url, init, policy, left)
    if (!fetched.ok) throw withPublicUrl(fetched.error, publicUrlOf(parsed, token), url)
    return copyOf(fetched.value.response, fetched.value.bytes)
  }
}

/** A URL for logs. Some providers take the token in the path or the query: both are left out then. */
function publicUrlOf({ origin, pathname }: URL, token: string): string {
  return isWithin(token, pathname) ? `${origin}/` : origin + pathname
}

function isWithin(token: string, pathname: string): boolean {
  try {
    return decodeURIComponent(pathname).includes(token)
  } catch {
    return true
  }
}

/** The same error with the URL for logs in place of the requested one. */
function withPublicUrl(error: UpstreamError, publicUrl: string, url: string): UpstreamError {
  const message = publicUrl + error.message.slice(url.length)
  const { code, status, reason } = error
  return new UpstreamError(code, publicUrl, { message, status, reason })
}

/** A response with the same status and the decompressed body. */
function copyOf(response: Response, bytes: Uint8Array<ArrayBuffer>): Response {
  const { status, statusText } = response
  const headers = new Headers(response.headers)
  headers.delete('Content-Encoding')
  headers.delete('Content-Length')
  return new Response(bytes.byteLength === 0 ? null : bytes, { status, statusText, headers })
}
