/** What scopes a request needs: rules gathered from everywhere, judged and named together. */

import { ownMember } from '../lib/own-members.ts'
import { unionOf } from './scope.ts'

/** All of `allOf`, and of each list in `anyOf` at least one. */
export interface ScopeRequirement {
  readonly allOf: readonly string[]
  readonly anyOf: readonly (readonly string[])[]
}

type Rule = readonly string[] | { readonly anyOf: readonly string[] }

export const NO_SCOPES: ScopeRequirement = { allOf: [], anyOf: [] }

/** Adds a rule to what is needed already. */
export function addRule(requirement: ScopeRequirement, rule: Rule | undefined): ScopeRequirement {
  if (rule === undefined) return requirement
  // Any of none: nothing satisfies that, and an accident must not open the door.
  if (isAnyOf(rule)) {
    return {
      allOf: requirement.allOf,
      anyOf: [...requirement.anyOf, ownMember(rule, 'anyOf') ?? []],
    }
  }
  return rule.length === 0
    ? requirement
    : { allOf: unionOf(requirement.allOf, rule), anyOf: requirement.anyOf }
}

export function needsNoScopes({ allOf, anyOf }: ScopeRequirement): boolean {
  return allOf.length === 0 && anyOf.length === 0
}

/** Whether the granted scopes, already closed under the hierarchy, are enough. */
export function isSatisfied(requirement: ScopeRequirement, granted: readonly string[]): boolean {
  for (const scope of requirement.allOf) if (!granted.includes(scope)) return false
  for (const choice of requirement.anyOf) {
    if (!choice.some((scope) => granted.includes(scope))) return false
  }
  return true
}

/**
 * The scopes to ask a client for: everything that is needed, in one answer, the same for every
 * token (MCP, Scope Challenge Handling). Where one of several will do, the first is the best.
 */
export function scopesToRequest(requirement: ScopeRequirement): string[] {
  return unionOf(
    requirement.allOf,
    requirement.anyOf.flatMap((choice) => choice.slice(0, 1)),
  )
}

function isAnyOf(rule: Rule): rule is { readonly anyOf: readonly string[] } {
  return !Array.isArray(rule)
}
