/** The scopes that a request needs, and the scopes that its challenge names. */

import { WIRE_ERRORS } from '../contract/error-table.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import type { Requirements } from '../contract/requirements.ts'
import { ownMember } from '../lib/own-members.ts'
import { addRule, type ScopeRequirement, scopesToRequest } from '../scope/requirement.ts'
import { unionOf } from '../scope/scope.ts'
import type { ScopePolicy } from './state.ts'

/** The scopes that a request needs by its operations, its route and its resource. */
export interface NeededScopes extends ScopeRequirement {
  /** With `repeatGrantedScopes`: the scopes of the token, which a 403 names too. */
  readonly granted?: readonly string[]
}

/** The scopes that the resource and the route need, before any operation is known. */
export function scopesNeeded(
  { required }: ScopePolicy,
  requirements: Requirements | undefined,
): ScopeRequirement {
  return addRule(required, requirements?.scopes)
}

/** The scopes that a 401 names: the configured ones, or else those that a 403 would name. */
export function scopesToOffer(
  { challengeScopes }: ScopePolicy,
  needed: ScopeRequirement,
): readonly string[] {
  return challengeScopes ?? scopesToRequest(needed)
}

/** All scopes that a 403 names: those of the request, further ones, and granted ones where repeated. */
export function withFurtherScopes(
  needed: NeededScopes | undefined,
  further: readonly string[],
): readonly string[] {
  if (needed === undefined) return further
  return unionOf(scopesToRequest(needed), further, needed.granted ?? [])
}

/** Completes a rejection by a handler: its error names only the scopes that the handler checked. */
export function withScopesNeeded(
  reason: RejectionReason,
  { challengeScopes }: ScopePolicy,
  needed: NeededScopes,
): RejectionReason {
  const named = ownMember(reason, 'scopes')
  if (named === undefined) return reason
  if (WIRE_ERRORS[reason.code].status !== 401) {
    return { ...reason, scopes: withFurtherScopes(needed, named) }
  }
  return { ...reason, scopes: challengeScopes ?? unionOf(scopesToRequest(needed), named) }
}
