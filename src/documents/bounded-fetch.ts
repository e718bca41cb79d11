/** Fetches from a server that may be slow, broken or hostile: limits time and size, follows no redirect. */

import {
  UpstreamError,
  type UpstreamErrorCode,
  type UpstreamErrorOptions,
} from '../contract/errors.ts'
import type { Fetch } from '../contract/ports.ts'
import { discardBody } from '../lib/discard-body.ts'
import { legible } from '../lib/legible.ts'
import { networkCode } from '../lib/network-code.ts'
import { readBytes } from '../lib/read-bytes.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { parseUrl } from '../lib/safe-url.ts'
import { createStop, type Stop } from '../lib/stop-signal.ts'
import { within } from '../lib/within.ts'

/** How remote documents are fetched. */
export interface FetchPolicy {
  readonly fetch: Fetch
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly allowHttp: boolean
}

/** A response and its whole body. */
export interface Fetched {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly response: Response
}

export interface FetchFailure {
  readonly ok: false
  readonly error: UpstreamError
}

/**
 * Fetches within `timeoutMs`, including the body, and at most `maxBytes` after decompression. A redirect
 * is a failure: the URL of a document is configuration, which a server must not change.
 *
 * @param check Checks status and headers. The body is not read if it returns a failure.
 */
export async function boundedFetch(
  url: string,
  init: RequestInit,
  policy: FetchPolicy,
  timeoutMs: number,
  check: (response: Response) => FetchFailure | undefined = accept,
): Promise<Result<Fetched, UpstreamError>> {
  const stop = createStop(init.signal)
  const attempt = tryFetch(url, init, policy, check, stop)
  const outcome = await within(attempt, timeoutMs, () =>
    fetchFailure('timeout', url, `did not answer within ${Math.round(timeoutMs)} ms`),
  )
  if (!outcome.ok) stop.stop()
  return outcome
}

/** A failure whose message is the URL and what happened. */
export function fetchFailure(
  code: UpstreamErrorCode,
  url: string,
  what: string,
  status?: number,
  details?: UpstreamErrorOptions,
): FetchFailure {
  return fail(new UpstreamError(code, url, { ...details, message: `${url} ${what}`, status }))
}

/** The failure for a response with a status that is not expected. */
export function statusFailure(url: string, status: number): FetchFailure {
  return fetchFailure('status', url, `answered with status ${status}`, status)
}

/** The failure for a document that arrived and does not meet its requirements. */
export function invalidDocument(
  url: string,
  what: string,
  details?: UpstreamErrorOptions,
  code: UpstreamErrorCode = 'invalid_document',
): FetchFailure {
  return fetchFailure(code, url, `does not fit: ${what}`, undefined, details)
}

async function tryFetch(
  url: string,
  init: RequestInit,
  { fetch, maxBytes }: FetchPolicy,
  check: (response: Response) => FetchFailure | undefined,
  { abortSignal, signal }: Stop,
): Promise<Result<Fetched, UpstreamError>> {
  try {
    // workerd does not support `error`; with `manual` every host returns the redirect.
    const bounded: RequestInit = { ...init, redirect: 'manual' }
    if (abortSignal !== undefined) bounded.signal = abortSignal
    // Not as a method: the `fetch` of workerd and of browsers throws where `this` is another object.
    const response = await fetch(url, bounded)
    // A fetch that ignores the signal may return after the deadline; reading the body would have no limit.
    const failure = signal.aborted
      ? fetchFailure('timeout', url, 'answered too late')
      : isRedirect(response)
        ? redirectFailure(url, response, init)
        : check(response)
    if (failure !== undefined) {
      discardBody(response)
      return failure
    }
    const bytes = await readBytes(response.body, maxBytes, signal)
    return bytes === undefined
      ? fetchFailure('too_large', url, `has more than ${maxBytes} bytes`, response.status)
      : succeed({ bytes, response })
  } catch (error) {
    // Without the cause, which may repeat what was sent or received.
    const reason = networkCode(error)
    return fetchFailure('unreachable', url, 'could not be reached', undefined, { reason })
  }
}

/** A 304 is not a redirect: it answers a conditional request. */
function isRedirect({ type, status, redirected }: Response): boolean {
  // `redirected`: the application's `fetch` may ignore `manual`.
  if (type === 'opaqueredirect' || redirected) return true
  return status >= 300 && status < 400 && status !== 304
}

function redirectFailure(
  url: string,
  { headers, status }: Response,
  init: RequestInit,
): FetchFailure {
  const what = 'answered with a redirect, which is not followed'
  // Some hosts hide the response; its status is then 0. A Location may repeat what was posted.
  const location = init.body == null ? headers.get('Location') : null
  const target = location === null ? undefined : parseUrl(location, url)
  const details = target === undefined ? {} : { received: [legible(target.origin)] }
  return fetchFailure('redirect', url, what, status === 0 ? undefined : status, details)
}

function accept(): undefined {
  return undefined
}
