/** Whether a verified token is enough for this request, and if not, what would be. */

import { AUTH_ERRORS } from '../contract/errors.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import type { Requirements } from '../contract/requirements.ts'
import type { VerifiedToken } from '../jwt/verified-token.ts'
import { isObject } from '../lib/json.ts'
import { ownMember } from '../lib/own-members.ts'
import { dropPromise } from '../lib/promise.ts'
import { type NeededScopes, withFurther } from '../resource/needed-scopes.ts'
import type { ResourceState } from '../resource/state.ts'
import {
  addRule,
  isSatisfied,
  type ScopeRequirement,
  scopesToRequest,
} from '../scope/requirement.ts'
import { unionOf } from '../scope/scope.ts'

/** The scopes that this request needs, from everywhere that has a say. */
export function scopesNeeded(
  state: ResourceState,
  requirements: Requirements | undefined,
): ScopeRequirement {
  return addRule(state.required, requirements?.scopes)
}

type AllRequirements = { readonly [Name in keyof Required<Requirements>]: Requirements[Name] }

const NO_REQUIREMENTS: AllRequirements = {
  scopes: undefined,
  acrValues: undefined,
  maxAgeSeconds: undefined,
  optional: undefined,
  certificate: undefined,
  waitUntil: undefined,
}

/**
 * The requirements that were given. What every object inherits was not: each member is the copy's own.
 *
 * @throws {TypeError} If the requirements are none: a promise has no `scopes`, and would ask for nothing.
 */
export function ownRequirements(requirements: Requirements | undefined): Requirements | undefined {
  const given: unknown = requirements
  if (given === undefined) return undefined
  if (!isObject(given) || dropPromise(given)) {
    throw new TypeError(
      'Requirements must be an object such as { scopes: [] }, and no promise of one.',
    )
  }
  return { ...NO_REQUIREMENTS, ...requirements }
}

/** The scopes a 401 offers: configured ones, or the set that a 403 would name too. */
export function scopesToOffer(state: ResourceState, needed: ScopeRequirement): readonly string[] {
  return state.challengeScopes ?? scopesToRequest(needed)
}

/** What a handler refuses for knows only the handler's part of what the request needs. */
export function withScopesNeeded(
  reason: RejectionReason,
  state: ResourceState,
  needed: NeededScopes,
): RejectionReason {
  const named = ownMember(reason, 'scopes')
  if (named === undefined) return reason
  if (AUTH_ERRORS[reason.code].status !== 401) {
    return { ...reason, scopes: withFurther(needed, named) }
  }
  const offered = state.challengeScopes ?? unionOf(scopesToRequest(needed), named)
  return { ...reason, scopes: offered }
}

/**
 * Judges a token that passed every other check: only then do requirements matter, and only then are
 * they revealed (RFC 6750 §3.1, RFC 9470 §9).
 *
 * Fails with `scope_insufficient` or `authentication_insufficient`.
 */
export function authorize(
  token: VerifiedToken,
  needed: ScopeRequirement,
  requirements: Requirements | undefined,
  state: ResourceState,
): RejectionReason | undefined {
  if (!isSatisfied(needed, token.scopes)) {
    return {
      code: 'scope_insufficient',
      issuer: token.authority,
      scopes: scopesMissing(token, needed, state),
      expected: scopesToRequest(needed),
      received: token.granted,
    }
  }
  if (requirements === undefined || isAuthenticatedEnough(token, requirements, state)) {
    return undefined
  }
  const { acrValues, maxAgeSeconds } = requirements
  return {
    code: 'authentication_insufficient',
    issuer: token.authority,
    // An empty list asks for nothing, so a challenge does not name it.
    acrValues: acrValues?.length === 0 ? undefined : acrValues,
    maxAgeSeconds,
  }
}

/** Everything the operation needs at once, so that a client has to ask only once. */
function scopesMissing(
  token: VerifiedToken,
  needed: ScopeRequirement,
  state: ResourceState,
): readonly string[] {
  const asked = scopesToRequest(needed)
  if (!state.repeatGrantedScopes) return asked
  return unionOf(asked, token.granted)
}

/** RFC 9470 §6: a token that does not say how or when counts as not having said enough. */
function isAuthenticatedEnough(
  { claims }: VerifiedToken,
  { acrValues, maxAgeSeconds }: Requirements,
  { clockToleranceSeconds, now }: ResourceState,
): boolean {
  if (acrValues !== undefined && !isMet(acrValues, ownMember(claims, 'acr'))) return false
  if (maxAgeSeconds === undefined) return true
  const at = ownMember(claims, 'auth_time')
  if (typeof at !== 'number' || !Number.isFinite(at)) return false
  const time = now()
  // A time to come, such as one in milliseconds, would never be too long ago.
  return at <= time + clockToleranceSeconds && at + maxAgeSeconds >= time - clockToleranceSeconds
}

function isMet(acrValues: readonly string[], acr: unknown): boolean {
  // Of a text any part would do, and what has no length would ask for nothing.
  if (!Array.isArray(acrValues)) throw new TypeError('acrValues must be an array.')
  return acrValues.length === 0 || (typeof acr === 'string' && acrValues.includes(acr))
}
