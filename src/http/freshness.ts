/** How long a fetched document may be used (RFC 9111 §4.2), within bounds of ours. */

import { splitList } from '../lib/header-syntax.ts'

/** Seconds; what a server says is clamped to these, what it does not say is `otherwise`. */
export interface FreshnessBounds {
  readonly least: number
  readonly most: number
  readonly otherwise: number
}

/**
 * The remaining fresh time of a response in seconds: `max-age` less `Age`, else `Expires` less
 * `Date`. `no-store` and `no-cache` mean the least time and not none, since asking for keys on every
 * request would let anyone turn us against the server.
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
  if (seconds !== undefined) return seconds - age
  return untilExpires(headers)
}

function untilExpires(headers: Headers): number | undefined {
  const expires = headers.get('Expires')
  const date = Date.parse(headers.get('Date') ?? '')
  if (expires === null || Number.isNaN(date)) return undefined
  const end = Date.parse(expires)
  // RFC 9111 §5.3: an invalid date, "0" above all, means already expired.
  return Number.isNaN(end) ? 0 : (end - date) / 1000
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}$/.test(text.trim()) ? Number(text) : undefined
}
