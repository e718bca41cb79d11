/** The rule for secrets that sign values which clients send back: nonces and session ids. */

/** RFC 2104 §3: the key is at least as long as the output of the hash function. */
const MIN_SECRET_BYTES = 32

export function secretProblem(secret: string): string | undefined {
  return new TextEncoder().encode(secret).length >= MIN_SECRET_BYTES
    ? undefined
    : `must be at least ${MIN_SECRET_BYTES} random bytes`
}
