/** Rules for requirements that are known before the first request. */

import type { ConfigProblem } from '../contract/config-error.ts'
import type { Requirements } from '../contract/requirements.ts'
import { isObject, isTextList } from '../lib/json.ts'
import { ownMembers } from '../lib/own-members.ts'
import { NO_REQUIREMENTS } from '../request/call.ts'
import { isScopeToken } from '../scope/scope.ts'
import { collectProblems, type Report, reportEach } from './report.ts'
import { scopeProblem } from './scope-rules.ts'

/** Collects every mistake in the requirements of `protect()`. */
export function requirementProblems(requirements: Requirements): ConfigProblem[] {
  const own = ownMembers(requirements)
  const { scopes = [], acrValues = [], maxAgeSeconds = 0, optional = false } = own
  return collectProblems((report) => {
    for (const name of Object.keys(requirements)) {
      // A misspelt requirement would have no effect.
      if (Object.hasOwn(NO_REQUIREMENTS, name)) continue
      report(`requirements.${name}`, 'is not a requirement; remove it or correct its spelling')
    }
    checkScopes(scopes, report)
    if (isTextList(acrValues)) reportEach('requirements.acrValues', acrValues, acrProblem, report)
    else report('requirements.acrValues', 'must be an array of authentication context classes')
    if (!Number.isSafeInteger(maxAgeSeconds) || maxAgeSeconds < 0) {
      const message = 'must be a whole number of seconds, at least 0 (RFC 9470 §3)'
      report('requirements.maxAgeSeconds', message)
    }
    if (typeof optional !== 'boolean') report('requirements.optional', 'must be true or false')
  })
}

/** Checked at run time too: a string instead of an array would be searched for substrings. */
function checkScopes(scopes: unknown, report: Report): void {
  const path = 'requirements.scopes'
  if (isTextList(scopes)) {
    reportEach(path, scopes, scopeProblem, report)
    return
  }
  // Another member, such as `allOf`, would require nothing.
  const isAnyOf = isObject(scopes) && Object.keys(scopes).join() === 'anyOf'
  const anyOf = isAnyOf ? scopes['anyOf'] : undefined
  if (!isTextList(anyOf)) {
    report(path, 'must be an array of scopes or { anyOf: [...] }')
    return
  }
  const message = 'is empty, so no token can satisfy it; name at least one scope'
  if (anyOf.length === 0) report(`${path}.anyOf`, message)
  reportEach(`${path}.anyOf`, anyOf, scopeProblem, report)
}

/** RFC 9470 §3: the values are separated by spaces, so they contain none. */
function acrProblem(value: string): string | undefined {
  return isScopeToken(value)
    ? undefined
    : 'must be one or more visible ASCII characters except " and \\ (RFC 9470 §3)'
}
