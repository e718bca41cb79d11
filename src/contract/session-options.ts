/** The options of sessions. Types only. */

/**
 * Binds `Mcp-Session-Id` to the principal that received it.
 *
 * @example
 * ```ts
 * function sealedWith(newSecret: string, oldSecret: string): SessionOptions {
 *   return { secret: [newSecret, oldSecret] }
 * }
 * ```
 */
export interface SessionOptions {
  /**
   * At least 32 random bytes. In a list, the first secret seals and all secrets open: put the new one in
   * front, and remove the old one when the sessions of its time are over.
   */
  secret: string | readonly string[]
}
