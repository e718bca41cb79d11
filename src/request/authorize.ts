/** Authorization: whether the scopes and the authentication of a verified token suffice for the call. */

import type { UnenforcedRejection } from '../contract/events.ts'
import type { Requirements } from '../contract/requirements.ts'
import type { VerifiedToken } from '../jwt/verified-token.ts'
import { isFiniteNumber } from '../lib/json.ts'
import { ownMember } from '../lib/own-members.ts'
import { fail, PASSED, succeed } from '../lib/result.ts'
import type { PresentedToken } from '../resource/binding.ts'
import { NEEDED } from '../resource/context-facts.ts'
import type { NeededScopes } from '../resource/required-scopes.ts'
import type {
  ClockState,
  Holder,
  ReadOperations,
  ResourceState,
  ScopePolicy,
} from '../resource/state.ts'
import { isSatisfied, type ScopeRequirement, scopesToRequest } from '../scope/requirement.ts'
import { unionOf } from '../scope/scope.ts'
import { VerifiedContext } from './auth-context.ts'
import type { Call, StepResult } from './call.ts'

/** A context, and with `decisionMode: 'report'` the rejection that was not enforced. */
interface Authorized {
  readonly context: VerifiedContext
  readonly unenforced: UnenforcedRejection | undefined
}

/**
 * Creates the context of a call whose token is sufficient. Requirements come last, because only a
 * valid token may learn what it lacks (RFC 6750 §3.1, RFC 9470 §9).
 *
 * Fails with `operation_denied`, `scope_insufficient`, `authentication_insufficient`, and as
 * `combinedRulesOf`.
 */
export async function authorize(
  token: PresentedToken,
  read: ReadOperations,
  { needed: base, requirements }: Pick<Call, 'needed' | 'requirements'>,
  state: Pick<ResourceState, 'identity' | 'scopes' | 'operations' | 'clock'>,
): Promise<StepResult<Authorized>> {
  const { identity, scopes, operations: reading } = state
  const { verified } = token
  const context = new VerifiedContext(token, verified, identity, read.operations, base)
  if (reading === undefined) {
    context[NEEDED] = withGranted(base, verified, scopes)
    const sufficient = checkSufficient(verified, base, requirements, state)
    return sufficient.ok ? succeed({ context, unenforced: undefined }) : sufficient
  }
  const { steps } = reading
  const rules = await steps.combinedRulesOf(read, reading, base, context)
  if (!rules.ok)
    return fail({ code: rules.error, issuer: verified.authority, option: 'operations' })
  context[NEEDED] = withGranted(rules.value.needed, verified, scopes)
  const decided = steps.checkRules(verified, rules.value, base, requirements, state)
  return decided.ok ? succeed({ context, unenforced: decided.value }) : decided
}

/**
 * Checks a verified token against needed scopes and step-up requirements.
 *
 * Fails with `scope_insufficient` or `authentication_insufficient`.
 *
 * @param named The scopes that the challenge names.
 */
export function checkSufficient(
  verified: Holder,
  needed: ScopeRequirement,
  requirements: Requirements | undefined,
  { scopes, clock }: Pick<ResourceState, 'scopes' | 'clock'>,
  named: ScopeRequirement = needed,
): StepResult<undefined> {
  const issuer = verified.authority
  if (!isSatisfied(needed, verified.scopes)) {
    const asked = scopesToRequest(named)
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
    return PASSED
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
export function isAuthenticatedEnough(
  { claims }: Pick<Holder, 'claims'>,
  { acrValues, maxAgeSeconds }: Requirements,
  { now, toleranceSeconds }: ClockState,
): boolean {
  if (acrValues !== undefined && !isMet(acrValues, ownMember(claims, 'acr'))) return false
  if (maxAgeSeconds === undefined) return true
  const at = ownMember(claims, 'auth_time')
  if (!isFiniteNumber(at)) return false
  const time = now()
  // An `auth_time` in the future, such as one in milliseconds, would never be too old.
  return at <= time + toleranceSeconds && at + maxAgeSeconds >= time - toleranceSeconds
}

function isMet(acrValues: readonly string[], acr: unknown): boolean {
  return acrValues.length === 0 || (typeof acr === 'string' && acrValues.includes(acr))
}
