/** What requirements must mean, where they are known before the first request. */

import type { ConfigProblem } from '../errors.ts'
import type { Requirements } from '../options.ts'
import { isScopeToken } from '../scope/scope.ts'
import { collectProblems, reportEach } from './report.ts'
import { scopeProblem } from './scope-rules.ts'

const NAMES: Readonly<Record<keyof Requirements, true>> = {
  scopes: true,
  acrValues: true,
  maxAgeSeconds: true,
  optional: true,
  certificate: true,
  waitUntil: true,
}

/** Every mistake in the requirements of `protect()`. */
export function requirementProblems(requirements: Requirements): ConfigProblem[] {
  const { scopes = [], acrValues, maxAgeSeconds = 0 } = requirements
  return collectProblems((report) => {
    for (const name of Object.keys(requirements)) {
      // What is misspelt would be asked of nobody.
      if (Object.hasOwn(NAMES, name)) continue
      report(`requirements.${name}`, 'is no requirement; remove it or correct its spelling')
    }
    if (!('anyOf' in scopes)) {
      reportEach('requirements.scopes', scopes, scopeProblem, report)
    } else {
      const path = 'requirements.scopes.anyOf'
      const message = 'is empty, so nobody could pass; name at least one scope'
      if (scopes.anyOf.length === 0) report(path, message)
      reportEach(path, scopes.anyOf, scopeProblem, report)
    }
    reportEach('requirements.acrValues', acrValues, acrProblem, report)
    if (!Number.isSafeInteger(maxAgeSeconds) || maxAgeSeconds < 0) {
      const message = 'must be a whole number of seconds, at least 0 (RFC 9470 §3)'
      report('requirements.maxAgeSeconds', message)
    }
  })
}

/** RFC 9470 §3: values that spaces separate. */
function acrProblem(value: string): string | undefined {
  return isScopeToken(value)
    ? undefined
    : 'must be one or more visible ASCII characters but " and \\ (RFC 9470 §3)'
}
