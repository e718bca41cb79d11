/** Rejections that every token format shares. */

import type { RejectionReason } from '../contract/rejection-reason.ts'
import { issuerRejection } from '../jwt/issuer-rejection.ts'
import type { JsonObject } from '../lib/json.ts'
import { type Failure, fail } from '../lib/result.ts'
import type { ServerState } from '../resource/state.ts'

/** A token that is not a JWT, and that no verifier accepts. */
export const UNACCEPTED = /* @__PURE__ */ fail<RejectionReason>({
  code: 'token_malformed',
  received: ['opaque'],
})

/** Adds the configured issuer of the server, which events name. */
export function failAt(
  { options }: ServerState,
  reason: RejectionReason,
): Failure<RejectionReason> {
  return fail({ ...reason, issuer: options.issuer })
}

/** The rejection of a tenant that is not allowed, or whose `allow` function failed. */
export function tenantRejection(
  code: 'token_issuer' | 'internal',
  claims: JsonObject,
): RejectionReason {
  return code === 'token_issuer'
    ? issuerRejection(claims)
    : { code, option: 'issuerTemplate.allow' }
}
