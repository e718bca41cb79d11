/** The check of requirements before the first request, for `protect()` and for adapters. */

import { requirementProblems } from './config/requirement-rules.ts'
import { ConfigError, type ConfigProblem } from './contract/errors.ts'
import type { Requirements } from './contract/requirements.ts'

/**
 * Checks the requirements of a route when the route is made. For adapters that call
 * {@link authenticate} themselves; `protect` does this already.
 *
 * Checks: that they are an object and not a promise of one, that every name is known, and each value.
 *
 * Does not check: whether a token can ever meet them.
 *
 * @param requirements What a route needs beyond what its resource always needs; may be left out.
 * @throws {ConfigError} If the requirements have mistakes, with every one of them.
 * @example
 * ```ts
 * // An adapter reports mistakes when a route is made, not with its first request.
 * function route(requirements: Requirements) {
 *   checkRequirements(requirements)
 *   return (request: Request) => authenticate(request, notes, { ...requirements, optional: false })
 * }
 * ```
 */
export function checkRequirements(requirements: Requirements | undefined): void {
  if (requirements === undefined) return
  const problems = problemsOf(requirements)
  if (problems.length > 0) throw new ConfigError(problems)
}

function problemsOf(requirements: unknown): ConfigProblem[] {
  const path = 'requirements'
  if (typeof requirements !== 'object' || requirements === null) {
    return [{ path, message: 'must be an object such as { scopes: [] }' }]
  }
  if ('then' in requirements && typeof requirements.then === 'function') {
    return [{ path, message: 'is a promise; wait for it first' }]
  }
  return requirementProblems(requirements)
}
