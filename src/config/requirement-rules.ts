/** What requirements must mean, where they are known before the first request. */

import type { ConfigProblem } from '../errors.ts'
import type { Requirements } from '../options.ts'
import { isScopeToken } from '../scope/scope.ts'
import { scopeProblems } from './scope-rules.ts'

/** Every mistake in the requirements of `protect()`. */
export function requirementProblems(requirements: Requirements): ConfigProblem[] {
  return [
    ...checkNames(requirements),
    ...checkScopes(requirements),
    ...checkAuthentication(requirements),
  ]
}

const NAMES: Readonly<Record<keyof Requirements, true>> = {
  scopes: true,
  acrValues: true,
  maxAgeSeconds: true,
  optional: true,
  certificate: true,
  waitUntil: true,
}

/** What is misspelt would be asked of nobody. */
function checkNames(requirements: Requirements): ConfigProblem[] {
  return Object.keys(requirements).flatMap((name) =>
    Object.hasOwn(NAMES, name)
      ? []
      : [
          {
            path: `requirements.${name}`,
            message: 'is no requirement; remove it or correct its spelling',
          },
        ],
  )
}

function checkScopes({ scopes = [] }: Requirements): ConfigProblem[] {
  if (!('anyOf' in scopes)) return scopeProblems('requirements.scopes', scopes)
  const path = 'requirements.scopes.anyOf'
  return scopes.anyOf.length === 0
    ? [{ path, message: 'is empty, so nobody could pass; name at least one scope' }]
    : scopeProblems(path, scopes.anyOf)
}

/** RFC 9470 §3: values that spaces separate, and a whole number of seconds. */
function checkAuthentication({ acrValues = [], maxAgeSeconds = 0 }: Requirements): ConfigProblem[] {
  const values = acrValues.flatMap((value, index) =>
    isScopeToken(value)
      ? []
      : [
          {
            path: `requirements.acrValues[${index}]`,
            message: 'must be one or more visible ASCII characters but " and \\ (RFC 9470 §3)',
          },
        ],
  )
  if (Number.isSafeInteger(maxAgeSeconds) && maxAgeSeconds >= 0) return values
  const message = 'must be a whole number of seconds, at least 0 (RFC 9470 §3)'
  return [...values, { path: 'requirements.maxAgeSeconds', message }]
}
