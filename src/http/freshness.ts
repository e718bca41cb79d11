/** How long a fetched document stays fresh (RFC 9111 §4.2), within bounds. */

import { splitList } from '../lib/header-syntax.ts'

/** Bounds in seconds. `otherwise` applies if the response states no lifetime. */
export interface FreshnessBounds {
  readonly least: number
  readonly most: number
  readonly otherwise: number
}

/**
 * The remaining fresh time of a response in seconds: `max-age`, else `Expires` less `Date`, each less
 * `Age`. For `no-store` and `no-cache` the minimum applies: fetching the keys on every request would
 * let an attacker use the resource to flood the server.
 *
 * @param receivedAt Stands for a missing `Date` (RFC 9110 §6.6.1).
 */
export function freshSeconds(
  headers: Headers,
  bounds: FreshnessBounds,
  receivedAt: number,
): number {
  const seconds = stated(headers, receivedAt) ?? bounds.otherwise
  return Math.min(bounds.most, Math.max(bounds.least, seconds))
}

function stated(headers: Headers, receivedAt: number): number | undefined {
  const directives = splitList((headers.get('Cache-Control') ?? '').toLowerCase())
  if (directives.includes('no-store') || directives.includes('no-cache')) return 0
  const age = wholeNumber(headers.get('Age')) ?? 0
  const maxAge = directives.find((directive) => directive.startsWith('max-age='))
  // RFC 9111 §4.2.1: a lifetime that cannot be read, such as -1, means that the response is stale.
  const lifetime =
    maxAge === undefined
      ? untilExpires(headers, receivedAt)
      : (wholeNumber(maxAge.slice('max-age='.length).replaceAll('"', '')) ?? 0)
  return lifetime === undefined ? undefined : lifetime - age
}

function untilExpires(headers: Headers, receivedAt: number): number | undefined {
  const expires = headers.get('Expires')
  if (expires === null) return undefined
  const sentAt = Date.parse(headers.get('Date') ?? '') / 1000 || receivedAt
  // RFC 9111 §5.3: an invalid date, such as "0", means that the response has expired.
  return Date.parse(expires) / 1000 - sentAt || 0
}

/** RFC 9111 §1.2.2: a number that is too large counts as 2³¹. */
function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^\d+$/.test(text.trim()) ? Math.min(Number(text), 2 ** 31) : undefined
}
