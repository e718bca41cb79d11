/** Fetching a JSON object from a server that may be slow, broken or hostile. */

import { UpstreamError, type UpstreamErrorCode } from '../errors.ts'
import { type JsonObject, parseObject } from '../lib/json.ts'
import { readBytes } from '../lib/read-bytes.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { type FetchPolicy, within } from './patience.ts'

export interface FetchedJson {
  readonly document: JsonObject
  readonly headers: Headers
}

export interface JsonRequest {
  readonly url: string
  /** Whether the answer must call itself JSON; key sets are served as all sorts of things. */
  readonly typed: boolean
}

const JSON_TYPE = /^application\/([a-z0-9.+-]+\+)?json\s*(;|$)/i

/**
 * Fetches a JSON object within `timeoutMs` and `maxBytes` of decompressed body. Redirects are
 * refused: where a document lives is configuration, not the server's to change.
 */
export async function fetchJson(
  request: JsonRequest,
  policy: FetchPolicy,
  timeoutMs: number = policy.timeoutMs,
): Promise<Result<FetchedJson, UpstreamError>> {
  const abort = new AbortController()
  const outcome = await within(attempt(request, policy, abort.signal), timeoutMs, () =>
    problem('timeout', request.url, `did not answer within ${Math.round(timeoutMs)} ms`),
  )
  if (!outcome.ok) abort.abort()
  return outcome
}

async function attempt(
  { url, typed }: JsonRequest,
  policy: FetchPolicy,
  signal: AbortSignal,
): Promise<Result<FetchedJson, UpstreamError>> {
  try {
    const response = await policy.fetch(url, {
      headers: { Accept: 'application/json' },
      // workerd rejects `error`; with `manual` every host hands the redirect to us.
      redirect: 'manual',
      signal,
    })
    return await readResponse(response, url, typed, policy.maxBytes)
  } catch {
    // The reason stays out: it may repeat what was sent or received.
    return problem('unreachable', url, 'could not be reached')
  }
}

async function readResponse(
  response: Response,
  url: string,
  typed: boolean,
  maxBytes: number,
): Promise<Result<FetchedJson, UpstreamError>> {
  const refusal = judgeHead(response, url, typed)
  if (refusal !== undefined) {
    response.body?.cancel().catch(ignore)
    return refusal
  }
  const bytes = await readBytes(response.body, maxBytes)
  if (bytes === undefined) return problem('too_large', url, `has more than ${maxBytes} bytes`)
  const document = parseObject(bytes)
  return document === undefined
    ? problem('not_json', url, 'did not answer with a JSON object')
    : succeed({ document, headers: response.headers })
}

function judgeHead(
  response: Response,
  url: string,
  typed: boolean,
): { readonly ok: false; readonly error: UpstreamError } | undefined {
  const { status, type, redirected } = response
  // `redirected`: a fetch of the application's own may not have heeded `manual`.
  if (type === 'opaqueredirect' || redirected || (status >= 300 && status < 400)) {
    return problem('redirect', url, 'answered with a redirect, which is not followed')
  }
  if (status !== 200) return problem('status', url, `answered with status ${status}`)
  if (typed && !JSON_TYPE.test(response.headers.get('Content-Type') ?? '')) {
    return problem('not_json', url, 'did not answer with application/json')
  }
  return undefined
}

function problem(
  code: UpstreamErrorCode,
  url: string,
  what: string,
): { readonly ok: false; readonly error: UpstreamError } {
  return fail(new UpstreamError(code, url, `${url} ${what}`))
}

function ignore(): void {}
