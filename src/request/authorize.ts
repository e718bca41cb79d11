/** Authorization: whether a verified token is sufficient for the call, in scopes and authentication. */

import type { UnenforcedRejection } from '../contract/events.ts'
import type { Requirements } from '../contract/requirements.ts'
import type { VerifiedToken } from '../jwt/verified-token.ts'
import { legible, legibleTexts } from '../lib/legible.ts'
import { ownMember } from '../lib/own-members.ts'
import { fail, succeed } from '../lib/result.ts'
import type { CombinedRules } from '../mcp/policy.ts'
import type { PresentedToken } from '../resource/binding.ts'
import { NEEDED } from '../resource/context-facts.ts'
import { type NeededScopes, scopesToOffer } from '../resource/required-scopes.ts'
import type {
  ClockState,
  OperationReading,
  ReadOperations,
  ResourceState,
  ScopePolicy,
} from '../resource/state.ts'
import { isSatisfied, type ScopeRequirement, scopesToRequest } from '../scope/requirement.ts'
import { unionOf } from '../scope/scope.ts'
import { VerifiedContext } from './auth-context.ts'
import type { Call, StepResult } from './call.ts'

/** A context, and with `decisionMode: 'report'` the rejection that was not enforced. */
export interface Authorized {
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
  const { operations } = read
  const context = new VerifiedContext(token, verified, identity, operations, base)
  const rules =
    reading === undefined
      ? succeed({ needed: base, isPublic: false, denied: undefined })
      : await reading.steps.combinedRulesOf(read, reading, base, context)
  if (!rules.ok) return fail({ code: rules.error, issuer: verified.authority })
  const combined = rules.value
  context[NEEDED] = withGranted(combined.needed, verified, scopes)
  const decided = checkRules(verified, combined, base, requirements, state)
  return decided.ok ? succeed({ context, unenforced: decided.value }) : decided
}

/**
 * Checks a token against the combined rules of its operations, and against what else its call needs.
 *
 * Fails with `operation_denied`, `scope_insufficient` or `authentication_insufficient`.
 *
 * @returns With `decisionMode: 'report'`: the rejection that was not enforced.
 */
export function checkRules(
  holder: Holder,
  combined: CombinedRules,
  base: ScopeRequirement,
  requirements: Requirements | undefined,
  { operations, scopes, clock }: Pick<ResourceState, 'operations' | 'scopes' | 'clock'>,
): StepResult<UnenforcedRejection | undefined> {
  const { needed } = combined
  const { denied, enforced, stepUp } = applyMode(combined, base, requirements, operations)
  // A denial comes before scopes: a client would get a new token in vain.
  if (denied !== undefined) {
    return fail({ code: 'operation_denied', issuer: holder.authority, denied: legible(denied) })
  }
  const sufficient = checkSufficient(holder, enforced, stepUp, { scopes, clock }, needed)
  if (sufficient.ok) {
    return operations?.isReportOnly === true ? succeed(unenforcedOf(holder, combined)) : sufficient
  }
  const reason = sufficient.error
  // The challenge names the scopes of the operations too, so that a client asks only once.
  return reason.code === 'authentication_insufficient' && operations !== undefined
    ? fail({ ...reason, scopes: scopesToOffer(scopes, needed) })
    : sufficient
}

/** What is enforced of the combined rules of a call. */
interface AppliedRules {
  readonly denied: string | undefined
  readonly enforced: ScopeRequirement
  readonly stepUp: Requirements | undefined
}

/** Applies `decisionMode`, and the exceptions of public operations. */
export function applyMode(
  { needed, isPublic, denied }: CombinedRules,
  base: ScopeRequirement,
  requirements: Requirements | undefined,
  operations: Pick<OperationReading, 'isReportOnly'> | undefined,
): AppliedRules {
  const isReportOnly = operations?.isReportOnly === true
  return {
    denied: isReportOnly ? undefined : denied,
    enforced: isReportOnly && !isPublic ? base : needed,
    // An operation that needs no token needs no stronger authentication of a token either.
    stepUp: isPublic && requirements?.optional === true ? undefined : requirements,
  }
}

function unenforcedOf(
  { scopes, granted }: Holder,
  { needed, denied }: CombinedRules,
): UnenforcedRejection | undefined {
  if (denied !== undefined) return { code: 'operation_denied', denied: legible(denied) }
  if (isSatisfied(needed, scopes)) return undefined
  const expected = scopesToRequest(needed)
  return { code: 'scope_insufficient', expected, received: legibleTexts(granted) }
}

/** What decisions read of a token. */
export type Holder = Pick<VerifiedToken, 'authority' | 'scopes' | 'granted' | 'claims'>

const SUFFICIENT = /* @__PURE__ */ succeed(undefined)

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
export function isAuthenticatedEnough(
  { claims }: Holder,
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
