/** The part of a token exchange that the gateway uses, and what its failures become. */

import type { AuthContext } from '../contract/context.ts'

/** A token for the upstream. */
export interface ForwardToken {
  readonly ok: true
  readonly token: string
}

/** Why there is no token for the upstream. */
export interface ForwardTokenFailure {
  readonly ok: false
  readonly code: string
  readonly acrValues?: readonly string[] | undefined
  readonly maxAgeSeconds?: number | undefined
  readonly retryAfterSeconds?: number | undefined
}

/** Exchanges the client's token for one of the upstream. */
export interface ForwardExchange {
  exchange(auth: AuthContext): Promise<ForwardToken | ForwardTokenFailure>
  clear(auth: AuthContext): void
}
