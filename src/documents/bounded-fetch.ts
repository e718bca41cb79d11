/** Fetching from a server that may be slow, broken or hostile: so long, so much, and not elsewhere. */

import {
  UpstreamError,
  type UpstreamErrorCode,
  type UpstreamErrorOptions,
} from '../contract/errors.ts'
import { legible } from '../lib/legible.ts'
import { readBytes } from '../lib/read-bytes.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { parseUrl } from '../lib/safe-url.ts'
import { createStop, type Stop } from '../lib/stop-signal.ts'
import { type FetchPolicy, within } from './request-budget.ts'

/** A response and all of its body. */
export interface Fetched {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly response: Response
}

export interface FetchFailure {
  readonly ok: false
  readonly error: UpstreamError
}

/**
 * Fetches within `timeoutMs`, the body included, and `maxBytes` after decompression. Redirects are
 * refused: where a document lives is configuration, not the server's to change.
 *
 * @param judge Looks at status and headers; its failure saves reading the body.
 */
export async function boundedFetch(
  url: string,
  init: RequestInit,
  policy: FetchPolicy,
  timeoutMs: number,
  judge: (response: Response) => FetchFailure | undefined = accept,
): Promise<Result<Fetched, UpstreamError>> {
  const stop = createStop(init.signal)
  const attempt = tryFetch(url, init, policy, judge, stop)
  const outcome = await within(attempt, timeoutMs, () =>
    fetchFailure('timeout', url, `did not answer within ${Math.round(timeoutMs)} ms`),
  )
  if (!outcome.ok) stop.stop()
  return outcome
}

/** A failure with its message: the URL, and what happened there. */
export function fetchFailure(
  code: UpstreamErrorCode,
  url: string,
  what: string,
  status?: number,
  details?: UpstreamErrorOptions,
): FetchFailure {
  return fail(new UpstreamError(code, url, { ...details, message: `${url} ${what}`, status }))
}

async function tryFetch(
  url: string,
  init: RequestInit,
  policy: FetchPolicy,
  judge: (response: Response) => FetchFailure | undefined,
  { abortSignal, signal }: Stop,
): Promise<Result<Fetched, UpstreamError>> {
  try {
    // workerd rejects `error`; with `manual` every host hands the redirect to us.
    const bounded: RequestInit = { ...init, redirect: 'manual' }
    if (abortSignal !== undefined) bounded.signal = abortSignal
    const response = await policy.fetch(url, bounded)
    // A fetch that heeds no signal comes back after the deadline, when nothing would end the reading.
    const refusal = signal.aborted
      ? fetchFailure('timeout', url, 'answered too late')
      : isRedirect(response)
        ? redirectFailure(url, response, init)
        : judge(response)
    if (refusal !== undefined) {
      response.body?.cancel().catch(ignore)
      return refusal
    }
    const bytes = await readBytes(response.body, policy.maxBytes, signal)
    return bytes === undefined
      ? fetchFailure('too_large', url, `has more than ${policy.maxBytes} bytes`, response.status)
      : succeed({ bytes, response })
  } catch {
    // The reason stays out: it may repeat what was sent or received.
    return fetchFailure('unreachable', url, 'could not be reached')
  }
}

/** 304 is none: it answers a condition of whoever asked. */
function isRedirect({ type, status, redirected }: Response): boolean {
  // `redirected`: a fetch of the application's own may not have heeded `manual`.
  if (type === 'opaqueredirect' || redirected) return true
  return status >= 300 && status < 400 && status !== 304
}

function redirectFailure(
  url: string,
  { headers, status }: Response,
  init: RequestInit,
): FetchFailure {
  const what = 'answered with a redirect, which is not followed'
  // Some hosts hide the whole answer: 0 is no status. What was posted may come back in a Location.
  const location = init.body == null ? headers.get('Location') : null
  const target = location === null ? undefined : parseUrl(location, url)
  const details = target === undefined ? {} : { received: [legible(target.origin)] }
  return fetchFailure('redirect', url, what, status === 0 ? undefined : status, details)
}

function accept(): undefined {
  return undefined
}

function ignore(): void {}
