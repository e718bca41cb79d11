/** Opaque tokens that only the provider can verify: one request each, with the token outside the URL. */

import type { TokenContext } from '../contract/access-token-options.ts'
import { UpstreamError } from '../contract/errors.ts'
import { discardBody } from '../lib/discard-body.ts'
import { isObject, type JsonObject, parseDocument } from '../lib/json.ts'

/** `exp` for tokens without a known expiry: streams end then, and the next request verifies again. */
const UNKNOWN_LIFETIME_SECONDS = 3600

/**
 * Fetches what the provider knows about a token.
 *
 * @param invalidStatuses The statuses that report an invalid token.
 * @returns The response document, or `null` for an invalid token.
 * @throws {UpstreamError} For any other status, and for a body that is not a JSON object.
 */
export async function fetchTokenInfo(
  { fetch }: TokenContext,
  url: string,
  invalidStatuses: readonly number[],
  init: RequestInit & { headers: Record<string, string> },
): Promise<JsonObject | null> {
  const headers = { Accept: 'application/json', ...init.headers }
  const response = await fetch(url, { ...init, headers, redirect: 'manual' })
  const { status } = response
  if (status !== 200) {
    discardBody(response)
    if (invalidStatuses.includes(status)) return null
    const message = `${url} responded with status ${status}`
    throw new UpstreamError('status', url, { message, status })
  }
  const document = parseDocument(new Uint8Array(await response.arrayBuffer()))
  if (document !== undefined) return document
  const message = `${url} did not respond with a JSON object`
  throw new UpstreamError('not_json', url, { message, status })
}

/** The time `seconds` from now, or one hour from now where the provider gives no number. */
export function expiresIn({ now }: TokenContext, seconds: unknown): number {
  return now() + (typeof seconds === 'number' ? seconds : UNKNOWN_LIFETIME_SECONDS)
}

/** The member if it is an object, otherwise an empty object. */
export function objectIn(document: JsonObject, name: string): JsonObject {
  const member = document[name]
  return isObject(member) ? member : {}
}

/** Account IDs may be numbers; `sub` is a string (RFC 7662 §2.2). */
export function toSubject(id: unknown): string | undefined {
  return typeof id === 'number' || typeof id === 'string' ? String(id) : undefined
}
