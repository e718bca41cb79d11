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
 */
export function freshSeconds(headers: Headers, bounds: FreshnessBounds): number {
  return Math.min(bounds.most, Math.max(bounds.least, stated(headers) ?? bounds.otherwise))
}

function stated(headers: Headers): number | undefined {
  const directives = splitList((headers.get('Cache-Control') ?? '').toLowerCase())
  if (directives.includes('no-store') || directives.includes('no-cache')) return 0
  const age = wholeNumber(headers.get('Age')) ?? 0
  const maxAge = directives.find((directive) => directive.startsWith('max-age='))
  const seconds = wholeNumber(maxAge?.slice('max-age='.length).replaceAll('"', '') ?? null)
  const lifetime = seconds ?? untilExpires(headers)
  return lifetime === undefined ? undefined : lifetime - age
}

function untilExpires(headers: Headers): number | undefined {
  const expires = headers.get('Expires')
  const date = Date.parse(headers.get('Date') ?? '')
  if (expires === null || Number.isNaN(date)) return undefined
  const end = Date.parse(expires)
  // RFC 9111 §5.3: an invalid date, such as "0", means that the response has expired.
  return Number.isNaN(end) ? 0 : (end - date) / 1000
}

/** RFC 9111 §1.2.2: a number that is too large counts as 2³¹. */
function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^\d+$/.test(text.trim()) ? Math.min(Number(text), 2 ** 31) : undefined
}
