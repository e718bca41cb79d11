/** Fetches JSON documents: checks status, media type and syntax of the response. */

import type { UpstreamError } from '../contract/errors.ts'
import { type JsonObject, parseDocument } from '../lib/json.ts'
import { type Result, succeed } from '../lib/result.ts'
import {
  boundedFetch,
  type FetchFailure,
  type FetchPolicy,
  fetchFailure,
  statusFailure,
} from './bounded-fetch.ts'

export interface FetchedJson {
  readonly url: string
  readonly document: JsonObject
  readonly headers: Headers
}

interface JsonRequest {
  readonly url: string
  /** Whether the media type must be JSON. Servers send key sets with many media types. */
  readonly typed: boolean
  /** The media types to request; without it `application/json`. */
  readonly accept?: string | undefined
}

export const JSON_TYPE = /^application\/([a-z0-9.+-]+\+)?json$/

/** Fetches a JSON object within `timeoutMs` and the limits of the policy. */
export async function fetchJson(
  { url, typed, accept = 'application/json' }: JsonRequest,
  policy: FetchPolicy,
  timeoutMs: number = policy.timeoutMs,
): Promise<Result<FetchedJson, UpstreamError>> {
  const init = { headers: { Accept: accept } }
  const fetched = await boundedFetch(url, init, policy, timeoutMs, (response) =>
    checkHead(response, url, typed),
  )
  if (!fetched.ok) return fetched
  const { bytes, response } = fetched.value
  const document = parseDocument(bytes)
  return document === undefined
    ? fetchFailure('not_json', url, 'did not answer with a JSON object', response.status)
    : succeed({ url, document, headers: response.headers })
}

/** The media type of a response, in lower case and without parameters. */
export function mediaTypeOf({ headers }: Response): string {
  const [type = ''] = (headers.get('Content-Type') ?? '').split(';')
  return type.trim().toLowerCase()
}

function checkHead(response: Response, url: string, typed: boolean): FetchFailure | undefined {
  const { status } = response
  if (status !== 200) return statusFailure(url, status)
  return typed && !JSON_TYPE.test(mediaTypeOf(response))
    ? fetchFailure('not_json', url, 'did not answer with application/json', status)
    : undefined
}
