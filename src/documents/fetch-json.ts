/** Fetching documents: what the answer has to be like before anybody looks inside. */

import type { UpstreamError } from '../errors.ts'
import { type JsonObject, parseDocument } from '../lib/json.ts'
import { type Result, succeed } from '../lib/result.ts'
import { boundedFetch, type FetchFailure, fetchFailure } from './bounded-fetch.ts'
import type { FetchPolicy } from './patience.ts'

export interface FetchedJson {
  readonly document: JsonObject
  readonly headers: Headers
}

export interface JsonRequest {
  readonly url: string
  /** Whether the answer must call itself JSON; key sets are served as all sorts of things. */
  readonly typed: boolean
  /** The media types to request; without it `application/json`. */
  readonly accept?: string | undefined
  /** What is posted; without it the document is asked for with GET. */
  readonly post?: Post | undefined
}

export interface TextRequest {
  readonly url: string
  /** The media type to ask for, and the only one to take. */
  readonly mediaType: string
  readonly post?: Post | undefined
}

/** A form, and the headers that say who sends it. */
export interface Post {
  readonly form: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
}

const JSON_TYPE = /^application\/([a-z0-9.+-]+\+)?json$/

/** Fetches a JSON object, within `timeoutMs` and the policy's bounds. */
export async function fetchJson(
  { url, typed, accept = 'application/json', post }: JsonRequest,
  policy: FetchPolicy,
  timeoutMs: number = policy.timeoutMs,
): Promise<Result<FetchedJson, UpstreamError>> {
  const init = initOf(accept, post)
  const fetched = await boundedFetch(url, init, policy, timeoutMs, (response) =>
    judgeHead(response, url, (type) => !typed || JSON_TYPE.test(type), 'application/json'),
  )
  if (!fetched.ok) return fetched
  const { bytes, response } = fetched.value
  const document = parseDocument(bytes)
  return document === undefined
    ? fetchFailure('not_json', url, 'did not answer with a JSON object', response.status)
    : succeed({ document, headers: response.headers })
}

/** Fetches a text of one media type, within `timeoutMs` and the policy's bounds. */
export async function fetchText(
  { url, mediaType, post }: TextRequest,
  policy: FetchPolicy,
  timeoutMs: number = policy.timeoutMs,
): Promise<Result<string, UpstreamError>> {
  const init = initOf(mediaType, post)
  const fetched = await boundedFetch(url, init, policy, timeoutMs, (response) =>
    judgeHead(response, url, (type) => type === mediaType, mediaType),
  )
  return fetched.ok ? succeed(new TextDecoder().decode(fetched.value.bytes)) : fetched
}

function initOf(accept: string, post: Post | undefined): RequestInit {
  if (post === undefined) return { headers: { Accept: accept } }
  const headers = {
    Accept: accept,
    'Content-Type': 'application/x-www-form-urlencoded',
    ...post.headers,
  }
  return { method: 'POST', headers, body: post.form.toString() }
}

function judgeHead(
  { status, headers }: Response,
  url: string,
  fits: (mediaType: string) => boolean,
  expected: string,
): FetchFailure | undefined {
  if (status !== 200) return fetchFailure('status', url, `answered with status ${status}`, status)
  const [type = ''] = (headers.get('Content-Type') ?? '').split(';')
  return fits(type.trim().toLowerCase())
    ? undefined
    : fetchFailure('not_json', url, `did not answer with ${expected}`, status)
}
