/** Tokens that the application verifies itself: its function, within our bounds. */

import type { CustomTokenOptions, TokenContext } from '../contract/access-token-options.ts'
import { rejectionReasonOf, UpstreamError } from '../contract/errors.ts'
import type { Fetch } from '../contract/ports.ts'
import { boundedFetch } from '../documents/bounded-fetch.ts'
import { type FetchPolicy, type RequestBudget, within } from '../documents/request-budget.ts'
import { isObject } from '../lib/json.ts'
import { fail, succeed } from '../lib/result.ts'
import { isSecureTransport, parseUrl } from '../lib/safe-url.ts'
import { withoutNulls } from './check-claims.ts'
import { type ClaimsResult, ResponseCache } from './response-cache.ts'

/** What a custom verification needs of its dependencies. */
export interface CustomDependencies {
  readonly issuer: string
  readonly resource: string
  readonly policy: FetchPolicy
  readonly now: () => number
}

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
      seconds: options.cacheSeconds ?? 0,
      now,
      timeoutMs,
      url: issuer,
    })
  }

  /**
   * What the application says about a token.
   *
   * Checks: that it says so in time, and with an object or `null`.
   *
   * Does not check: what the claims say; see `checkClaims`.
   *
   * @returns A copy of the claims, `undefined` for a token that is not valid.
   *
   * Fails with
   * - the code of an `AuthError` that was thrown
   * - `unavailable` — an `UpstreamError` was thrown, or nothing said in time
   * - `internal` — anything else was thrown or returned: a mistake is never a 401
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
      return fail(rejectionReasonOf(new UpstreamError('timeout', issuer, { message })))
    })
  }

  async #verify(token: string, context: TokenContext): Promise<ClaimsResult> {
    try {
      const claims: unknown = await this.#options.verify(token, context)
      if (claims === null) return succeed(undefined)
      // A copy: what is cached and frozen here may still be in use there.
      return isObject(claims)
        ? succeed(withoutNulls(structuredClone(claims)))
        : fail({ code: 'internal' })
    } catch (error) {
      return fail(rejectionReasonOf(error))
    }
  }

  #contextOf(token: string, budget: RequestBudget, request: Request | undefined): TokenContext {
    const { issuer, resource, policy, now } = this.#dependencies
    const fetch = createContextFetch(token, policy, budget)
    return { issuer, resource, fetch, now, ...(request === undefined ? {} : { request }) }
  }
}

/** A `fetch` like any other, but bounded: what goes wrong is an `UpstreamError`, and so a 503. */
function createContextFetch(token: string, policy: FetchPolicy, budget: RequestBudget): Fetch {
  return async (url, init = {}) => {
    const parsed = parseUrl(url)
    if (parsed === undefined || !isSecureTransport(parsed, policy.allowHttp)) {
      throw new TypeError('A token may only be taken to an https URL')
    }
    const left = budget.remainingMs(policy.timeoutMs)
    const fetched = await boundedFetch(url, init, policy, left)
    if (!fetched.ok) throw namedAs(placeOf(parsed, token), url, fetched.error)
    return copyOf(fetched.value.response, fetched.value.bytes)
  }
}

/** A URL without what a token may stand in: some providers want it there. */
function placeOf({ origin, pathname }: URL, token: string): string {
  return isWithin(token, pathname) ? `${origin}/` : origin + pathname
}

function isWithin(token: string, pathname: string): boolean {
  try {
    return decodeURIComponent(pathname).includes(token)
  } catch {
    return true
  }
}

/** The same failure, of a place instead of the whole URL: it may end up in a log. */
function namedAs(place: string, url: string, error: UpstreamError): UpstreamError {
  const message = place + error.message.slice(url.length)
  const { code, retryAfterSeconds, status } = error
  return new UpstreamError(code, place, { message, retryAfterSeconds, status })
}

/** The body was read and decompressed already. */
function copyOf(response: Response, bytes: Uint8Array<ArrayBuffer>): Response {
  const { status, statusText } = response
  const headers = new Headers(response.headers)
  headers.delete('Content-Encoding')
  headers.delete('Content-Length')
  return new Response(bytes.byteLength === 0 ? null : bytes, { status, statusText, headers })
}
