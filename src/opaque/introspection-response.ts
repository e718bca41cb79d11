/**
 * Reads the HTTP response of an introspection endpoint. An error status may mean an invalid token or
 * a failure of the endpoint: deployed servers do not always send the 200 of RFC 7662 §2.2.
 */

import type { Post } from '../authorization-server/client-authentication.ts'
import type { UpstreamError } from '../contract/errors.ts'
import {
  boundedFetch,
  type FetchFailure,
  type FetchPolicy,
  fetchFailure,
  statusFailure,
} from '../documents/bounded-fetch.ts'
import { JSON_TYPE, mediaTypeOf } from '../documents/fetch-json.ts'
import { parseDocument } from '../lib/json.ts'
import { type Result, succeed } from '../lib/result.ts'
import { SIGNED_RESPONSE_TYPE } from './signed-introspection-response.ts'

/** A request to an introspection endpoint. */
interface IntrospectionRequest {
  readonly url: string
  readonly post: Post
  /** Whether only a signed response counts (RFC 9701 §4). */
  readonly isSigned: boolean
  /** Whether this endpoint has introspected a token before: a 400 then means an invalid token. */
  readonly isProven: boolean
}

/** The body of a 200 with the expected media type, or `inactive`. */
type IntrospectionResponse = Uint8Array | 'inactive'

/** With these, and `unsupported_…`, the server rejects our request, not the token (RFC 6749 §5.2). */
const CLIENT_ERRORS: readonly unknown[] = ['invalid_client', 'unauthorized_client']

/**
 * Posts the request and reads the response.
 *
 * A 400 of a proven endpoint means that the token is not active. A 401 or 403 means it only with
 * `{"active":false}`. Neither does with an `error` about our request. HTML comes from a proxy.
 *
 * Fails with an `UpstreamError` for every other response, and without a response.
 */
export async function postIntrospection(
  { url, post, isSigned, isProven }: IntrospectionRequest,
  policy: FetchPolicy,
  timeoutMs: number,
): Promise<Result<IntrospectionResponse, UpstreamError>> {
  const headers = {
    Accept: isSigned ? SIGNED_RESPONSE_TYPE : 'application/json',
    'Content-Type': 'application/x-www-form-urlencoded',
    ...post.headers,
  }
  const init = { method: 'POST', headers, body: post.form.toString() }
  const fetched = await boundedFetch(url, init, policy, timeoutMs, (response) => {
    const { status } = response
    if (status === 200) return checkType(response, url, isSigned)
    const isReadable = status === 400 ? isProven : status === 401 || status === 403
    return isReadable ? undefined : statusFailure(url, status)
  })
  if (!fetched.ok) return fetched
  const { bytes, response } = fetched.value
  if (response.status === 200) return succeed(bytes)
  return isInactive(response, bytes, isSigned)
    ? succeed('inactive')
    : statusFailure(url, response.status)
}

/** Whether a failure is an outage of the server, whatever the token. */
export function isOutage({ code, status }: UpstreamError): boolean {
  return code === 'timeout' || code === 'unreachable' || status === 429 || status === 503
}

function checkType(response: Response, url: string, isSigned: boolean): FetchFailure | undefined {
  const type = mediaTypeOf(response)
  const isExpected = isSigned ? type === SIGNED_RESPONSE_TYPE : JSON_TYPE.test(type)
  const expected = isSigned ? SIGNED_RESPONSE_TYPE : 'application/json'
  return isExpected
    ? undefined
    : fetchFailure('not_json', url, `did not answer with ${expected}`, 200)
}

function isInactive(response: Response, bytes: Uint8Array, isSigned: boolean): boolean {
  const type = mediaTypeOf(response)
  const document = parseDocument(bytes)
  const error = document?.['error']
  if (CLIENT_ERRORS.includes(error)) return false
  if (typeof error === 'string' && error.startsWith('unsupported_')) return false
  if (response.status === 400) return !type.includes('html')
  // RFC 9701 §4: where signed responses are required, unsigned ones are ignored.
  return !isSigned && JSON_TYPE.test(type) && document?.['active'] === false
}
