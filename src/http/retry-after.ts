/** The `Retry-After` header field (RFC 9110 §10.2.3): of a 503, and of responses of other servers. */

/** Seconds until the next attempt, if the failure does not say when it makes sense. */
export const DEFAULT_RETRY_SECONDS = 5

/**
 * The header field.
 *
 * @param seconds Seconds until the next attempt. An application may give any number.
 * @returns Name and value.
 */
export function retryAfter(seconds: number | undefined): readonly [name: string, value: string] {
  return ['Retry-After', String(toDelay(Number(seconds)) || DEFAULT_RETRY_SECONDS)]
}

/** A longer pause is shortened to a day: another server must not stop requests for longer. */
const LONGEST_SECONDS = 86_400

/**
 * Reads the field of another server's response.
 *
 * @param value Seconds, or a date.
 * @returns Whole seconds, at least one; `undefined` without a readable value.
 */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined
  const seconds = /^\d{1,9}$/.test(value) ? Number(value) : Date.parse(value) / 1000 - now
  return toDelay(seconds) || undefined
}

/** Whole seconds, at least one; NaN for NaN. */
function toDelay(seconds: number): number {
  return Math.min(LONGEST_SECONDS, Math.max(1, Math.ceil(seconds)))
}
