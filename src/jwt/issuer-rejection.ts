/** The rejection of an issuer that no server of the resource has. */

import type { RejectionReason } from '../contract/rejection-reason.ts'
import type { JsonObject } from '../lib/json.ts'

/** The rejection of a token with an unknown `iss`, or without one. */
export function issuerRejection({ iss }: JsonObject): RejectionReason {
  return { code: 'token_issuer', received: typeof iss === 'string' ? [iss] : [] }
}
