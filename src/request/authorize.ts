/** Authorization: whether a verified token is sufficient for the call, in scopes and authentication. */

import type { McpOperation } from '../contract/context.ts'
import type { Requirements } from '../contract/requirements.ts'
import type { VerifiedToken } from '../jwt/verified-token.ts'
import { ownMember } from '../lib/own-members.ts'
import { fail, succeed } from '../lib/result.ts'
import { NEEDED } from '../resource/context-facts.ts'
import { type NeededScopes, scopesToOffer } from '../resource/required-scopes.ts'
import type { ClockState, PresentedToken, ResourceState, ScopePolicy } from '../resource/state.ts'
import { isSatisfied, type ScopeRequirement, scopesToRequest } from '../scope/requirement.ts'
import { unionOf } from '../scope/scope.ts'
import { VerifiedContext } from './auth-context.ts'
import type { Call, StepResult } from './call.ts'
import { scopesOfOperations } from './read-operations.ts'

/**
 * Creates the context of a call whose token is sufficient. Requirements come last, because only a
 * valid token may learn what it lacks (RFC 6750 §3.1, RFC 9470 §9).
 *
 * Fails with `scope_insufficient`, `authentication_insufficient`, or `internal` where the operation
 * policy throws or returns something else than a rule.
 */
export function authorize(
  token: PresentedToken,
  operations: readonly McpOperation[],
  { needed: base, requirements }: Pick<Call, 'needed' | 'requirements'>,
  state: Pick<ResourceState, 'identity' | 'scopes' | 'operations' | 'clock'>,
): StepResult<VerifiedContext> {
  const { identity, scopes, clock } = state
  const context = new VerifiedContext({ token, identity, operations, needed: base })
  const needs = scopesOfOperations(operations, state.operations, base, context)
  if (!needs.ok) return needs
  const { needed, isPublic } = needs.value
  context[NEEDED] = withGranted(needed, token.verified, scopes)
  // An operation that needs no token needs no stronger authentication of a token either.
  const stepUp = isPublic && requirements?.optional === true ? undefined : requirements
  const sufficient = checkSufficient(token.verified, needed, stepUp, { scopes, clock })
  if (sufficient.ok) return succeed(context)
  const reason = sufficient.error
  // The challenge names the scopes of the operations too, so that a client asks only once.
  return reason.code === 'authentication_insufficient' && operations.length > 0
    ? fail({ ...reason, scopes: scopesToOffer(scopes, needed) })
    : sufficient
}

const SUFFICIENT = succeed(undefined)

/**
 * Checks a verified token against needed scopes and step-up requirements.
 *
 * Fails with `scope_insufficient` or `authentication_insufficient`.
 */
export function checkSufficient(
  verified: VerifiedToken,
  needed: ScopeRequirement,
  requirements: Requirements | undefined,
  { scopes, clock }: Pick<ResourceState, 'scopes' | 'clock'>,
): StepResult<undefined> {
  const issuer = verified.authority
  if (!isSatisfied(needed, verified.scopes)) {
    const asked = scopesToRequest(needed)
    return fail({
      code: 'scope_insufficient',
      issuer,
      // All scopes of the request at once, so that a client has to ask only once.
      scopes: scopes.repeatGrantedScopes ? unionOf(asked, verified.granted) : asked,
      expected: asked,
      received: verified.granted,
    })
  }
  if (requirements === undefined || isAuthenticatedEnough(verified, requirements, clock)) {
    return SUFFICIENT
  }
  const { acrValues, maxAgeSeconds } = requirements
  return fail({
    code: 'authentication_insufficient',
    issuer,
    // An empty list requires nothing, so a challenge does not name it.
    acrValues: acrValues?.length === 0 ? undefined : acrValues,
    maxAgeSeconds,
  })
}

/** The scopes that a later 403 about this token names besides the missing ones. */
export function withGranted(
  needed: ScopeRequirement,
  { granted }: VerifiedToken,
  { repeatGrantedScopes }: ScopePolicy,
): NeededScopes {
  return repeatGrantedScopes ? { ...needed, granted } : needed
}

/** RFC 9470 §6: a token without the claim does not meet the requirement. */
function isAuthenticatedEnough(
  { claims }: VerifiedToken,
  { acrValues, maxAgeSeconds }: Requirements,
  { now, toleranceSeconds }: ClockState,
): boolean {
  if (acrValues !== undefined && !isMet(acrValues, ownMember(claims, 'acr'))) return false
  if (maxAgeSeconds === undefined) return true
  const at = ownMember(claims, 'auth_time')
  if (typeof at !== 'number' || !Number.isFinite(at)) return false
  const time = now()
  // An `auth_time` in the future, such as one in milliseconds, would never be too old.
  return at <= time + toleranceSeconds && at + maxAgeSeconds >= time - toleranceSeconds
}

function isMet(acrValues: readonly string[], acr: unknown): boolean {
  // `includes` of a text finds substrings, and a value without a length would require nothing.
  if (!Array.isArray(acrValues)) throw new TypeError('acrValues must be an array.')
  return acrValues.length === 0 || (typeof acr === 'string' && acrValues.includes(acr))
}
