/** The schema of requirements that are known before the first request. */

import type { ConfigProblem } from '../contract/config-error.ts'
import type { Requirements } from '../contract/requirements.ts'
import { ownMembers } from '../lib/own-members.ts'
import {
  findViolations,
  listOf,
  listOr,
  objectOr,
  ruled,
  type Shape,
  strictObjectOf,
  valueThat,
} from '../schema/shapes.ts'
import { isScopeToken } from '../scope/scope.ts'
import { FLAG, FUNCTION, SCOPES, SECONDS, TEXT } from './option-types.ts'

const NO_REQUIREMENT = 'a requirement'
const CHOICE = strictObjectOf({ anyOf: ruled(SCOPES, choiceProblem) }, {}, NO_REQUIREMENT)

/** A new requirement does not compile without its schema. */
const MEMBERS: Readonly<Record<keyof Requirements, Shape>> = {
  scopes: listOr(
    SCOPES,
    objectOr(
      CHOICE,
      valueThat(() => false, 'an array of scopes or { anyOf: [...] }'),
    ),
  ),
  acrValues: listOf(ruled(TEXT, acrProblem)),
  maxAgeSeconds: SECONDS,
  optional: FLAG,
  certificate: TEXT,
  waitUntil: FUNCTION,
}
const REQUIREMENTS = strictObjectOf({}, MEMBERS, NO_REQUIREMENT)

/** Collects every mistake in the requirements of `protect()`. */
export function requirementProblems(requirements: Requirements): ConfigProblem[] {
  return findViolations(REQUIREMENTS, ownMembers(requirements), 'requirements')
}

function choiceProblem(scopes: readonly string[]): string | undefined {
  return scopes.length === 0
    ? 'is empty, so no token can satisfy it; name at least one scope'
    : undefined
}

/** RFC 9470 §3: the values are separated by spaces, so they contain none. */
function acrProblem(value: string): string | undefined {
  return isScopeToken(value)
    ? undefined
    : 'must be one or more visible ASCII characters except " and \\ (RFC 9470 §3)'
}
