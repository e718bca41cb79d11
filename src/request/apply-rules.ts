/** Applies the combined rules of operations to a token: denials, scopes, step-up, and `decisionMode`. */

import type { UnenforcedRejection } from '../contract/events.ts'
import type { Requirements } from '../contract/requirements.ts'
import { legible, legibleTexts } from '../lib/legible.ts'
import { fail, succeed } from '../lib/result.ts'
import type { CombinedRules } from '../mcp/policy.ts'
import { scopesToOffer } from '../resource/required-scopes.ts'
import type { Holder, OperationReading, ResourceState } from '../resource/state.ts'
import { isSatisfied, type ScopeRequirement, scopesToRequest } from '../scope/requirement.ts'
import { checkSufficient } from './authorize.ts'
import type { StepResult } from './call.ts'

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
