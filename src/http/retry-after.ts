/** The `Retry-After` header field of a 503 (RFC 9110 §10.2.3). */

/** Seconds until the next attempt, if the failure does not say when it makes sense. */
const DEFAULT_SECONDS = 5

/**
 * The header field.
 *
 * @param seconds Whole seconds until the next attempt.
 * @returns Name and value.
 */
export function retryAfter(seconds: number | undefined): readonly [name: string, value: string] {
  return ['Retry-After', String(seconds ?? DEFAULT_SECONDS)]
}
