/** The denial of an operation that no scope permits. */

/**
 * Denies an operation whatever the scopes of the token are. Created by {@link deny}.
 *
 * @example
 * ```ts
 * const readOnly: Denial = deny('the server is read-only during the migration')
 * ```
 */
export interface Denial {
  /** The reason, for events and audit records. The client does not receive it. */
  readonly denied: string
}

/**
 * Creates the rule that denies an operation. The response is a 403 without a challenge: no scope would
 * help, so no client starts a login. A request without a token gets a 401.
 *
 * @param reason The reason, for events and audit records only. It should not name a person: events
 * contain none.
 * @returns The rule, for a table or as the result of a decision.
 * @example
 * ```ts
 * const byConsole: OperationDecision = ({ name }, auth) =>
 *   name === 'delete_tenant' && auth?.clientId !== 'console'
 *     ? deny('only the console deletes tenants')
 *     : ['tenants']
 * ```
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.4 RFC 9110 §15.5.4}
 */
export function deny(reason: string): Denial {
  return Object.freeze({ denied: reason })
}
