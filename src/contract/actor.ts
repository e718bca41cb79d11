/** The actor of a token: the party that acts for its subject (RFC 8693 §4.1). */

/**
 * One party that acts for another, from the claim `act` of a token (RFC 8693 §4.1). At least one of
 * `subject` and `clientId` is present.
 *
 * @example
 * ```ts
 * function nameOf({ subject, clientId }: Actor): string {
 *   return subject ?? clientId ?? 'unknown'
 * }
 * ```
 */
export interface Actor {
  /** The `sub` of the actor; `undefined` if it is absent or blank. */
  readonly subject: string | undefined
  /** The `iss` of the actor, if the claim has one. */
  readonly issuer: string | undefined
  /** The `client_id` of the actor, if the claim has one. */
  readonly clientId: string | undefined
  /** The previous actor, for which this one acts. For information only (RFC 8693 §4.1). */
  readonly actor: Actor | undefined
}
