/** Reads the response of a token endpoint (RFC 6749 §5, RFC 8693 §2.2). Pure: the clock is an argument. */

import type { ExchangeFailure } from '../contract/exchange-error.ts'
import type { Fetched } from '../documents/bounded-fetch.ts'
import { parseRetryAfter } from '../http/retry-after.ts'
import { isAccessToken } from '../lib/header-syntax.ts'
import { type JsonObject, parseDocument } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { buildFailure, failureOf, secondsOf, unavailable, withCause } from './failures.ts'
import { ACCESS_TOKEN, type Hop, JWT } from './styles.ts'

/** What a usable response contains. */
export interface IssuedToken {
  readonly token: string
  readonly tokenType: 'Bearer' | 'DPoP' | 'N_A'
  /** `undefined`: the response states no lifetime that can be relied on. */
  readonly expiresIn: number | undefined
  /** `undefined`: the scopes are those that were requested. */
  readonly scopes: readonly string[] | undefined
}

/** What was requested, and when. */
interface TokenRequest {
  readonly hop: Hop
  readonly requestedType: string | undefined
  /** The tokens of the form. */
  readonly sent: readonly string[]
  readonly now: number
}

/** RFC 6585 §4, RFC 9110 §15.5.9, RFC 8470 §5.2: the request was not processed. */
const UNPROCESSED: readonly number[] = [408, 425, 429]

/**
 * Reads a response.
 *
 * Checks: that a 200 is a JSON object with a token that fits a header field, a supported `token_type`,
 * and, if present, the `issued_token_type` that was requested.
 *
 * Fails with the failure that the response reports.
 */
export function readTokenResponse(
  { response, bytes }: Fetched,
  request: TokenRequest,
): Result<IssuedToken, ExchangeFailure> {
  const body = parseDocument(bytes)
  const read = readResponse(response, body, request)
  return read.ok ? read : fail(withCause(read.error, response.status, body, request.sent))
}

function readResponse(
  response: Response,
  body: JsonObject | undefined,
  request: TokenRequest,
): Result<IssuedToken, ExchangeFailure> {
  const { status } = response
  if (status >= 500 || UNPROCESSED.includes(status)) return fail(outage(response, request.now))
  // Some servers send their errors with status 200.
  const isError = body !== undefined && typeof body['error'] === 'string'
  if (isError && (status !== 200 || body['access_token'] === undefined)) {
    const failure = failureOf(body, request.hop.invalidRequest, request.sent)
    return fail(failure.code === 'unavailable' ? outage(response, request.now) : failure)
  }
  // RFC 6749 §5.2: the status of a rejected client authentication.
  if (status === 401) return fail(buildFailure('misconfigured'))
  return status === 200 && body !== undefined
    ? readIssuedToken(body, request)
    : fail(outage(response, request.now))
}

function readIssuedToken(
  body: JsonObject,
  request: TokenRequest,
): Result<IssuedToken, ExchangeFailure> {
  const { access_token: token, token_type: type, scope, issued_token_type: issued } = body
  if (typeof token !== 'string' || !isAccessToken(token) || typeof type !== 'string') {
    return fail(unavailable())
  }
  const tokenType = tokenTypeOf(type)
  if (tokenType === undefined || !isExpected(tokenType, issued, request)) {
    return fail(buildFailure('misconfigured'))
  }
  const scopes =
    typeof scope === 'string' ? scope.split(' ').filter((each) => each !== '') : undefined
  return succeed({ token, tokenType, expiresIn: secondsOf(body['expires_in']), scopes })
}

/** RFC 6749 §5.1: the value is case-insensitive. */
function tokenTypeOf(type: string): IssuedToken['tokenType'] | undefined {
  return (['Bearer', 'DPoP', 'N_A'] as const).find(
    (known) => known.toLowerCase() === type.toLowerCase(),
  )
}

/** RFC 8693 §2.2.1. Servers that implement other grants leave `issued_token_type` out. */
function isExpected(
  tokenType: IssuedToken['tokenType'],
  issued: unknown,
  { hop, requestedType }: TokenRequest,
): boolean {
  const expected = hop.issues ?? requestedType
  const types = expected === undefined ? [ACCESS_TOKEN, JWT] : [expected]
  if (issued !== undefined && issued !== null && !types.includes(issued as string)) return false
  // `N_A`: the token is not an access token, which only a request for another type makes usable.
  return tokenType !== 'N_A' || (expected !== undefined && expected !== ACCESS_TOKEN)
}

function outage({ headers }: Response, now: number): ExchangeFailure {
  return unavailable(parseRetryAfter(headers.get('Retry-After'), now))
}
