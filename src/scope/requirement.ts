/** The scopes that a request needs, collected from the resource, the route and its operations. */

import { ownMember } from '../lib/own-members.ts'
import { unionOf } from './scope.ts'

/** All scopes in `allOf`, and at least one of each list in `anyOf`. */
export interface ScopeRequirement {
  readonly allOf: readonly string[]
  readonly anyOf: readonly (readonly string[])[]
}

type Rule = readonly string[] | { readonly anyOf: readonly string[] }

/** The requirement that every token satisfies. */
export const NO_SCOPES: ScopeRequirement = { allOf: [], anyOf: [] }

/** Adds a rule to a requirement. */
export function addRule(requirement: ScopeRequirement, rule: Rule | undefined): ScopeRequirement {
  if (rule === undefined) return requirement
  // An empty `anyOf` cannot be satisfied: it must not be dropped, or access would be open.
  if (isAnyOf(rule)) {
    return {
      allOf: requirement.allOf,
      anyOf: [...requirement.anyOf, ownMember(rule, 'anyOf') ?? []],
    }
  }
  return rule.every((scope) => requirement.allOf.includes(scope))
    ? requirement
    : { allOf: unionOf(requirement.allOf, rule), anyOf: requirement.anyOf }
}

/** Whether a requirement is empty. */
export function needsNoScopes({ allOf, anyOf }: ScopeRequirement): boolean {
  return allOf.length === 0 && anyOf.length === 0
}

/** Whether the granted scopes, with those they imply, satisfy the requirement. */
export function isSatisfied(
  { allOf, anyOf }: ScopeRequirement,
  granted: readonly string[],
): boolean {
  if (!allOf.every((scope) => granted.includes(scope))) return false
  return (
    anyOf.length === 0 || anyOf.every((choice) => choice.some((each) => granted.includes(each)))
  )
}

/**
 * The scopes for a challenge: everything that is needed, the same for every token (MCP, Scope
 * Challenge Handling). Of the alternatives in `anyOf`, the challenge names the first.
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
