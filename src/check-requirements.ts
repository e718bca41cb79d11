/** The check of requirements before the first request, for `protect()` and for adapters. */

import { requirementProblems } from './config/requirement-rules.ts'
import { type ConfigProblem, throwProblems } from './contract/config-error.ts'
import { warn } from './contract/events.ts'
import type { Requirements } from './contract/requirements.ts'
import { isObject, isPlainObject } from './lib/json.ts'
import { isPromise } from './lib/promise.ts'
import { type ProtectedResource, stateOf } from './resource/state.ts'
import { prefixProblems } from './scope/scope-prefix.ts'

/**
 * Checks the requirements of a route when the route is made. For adapters that call
 * {@link authenticate} themselves; `protect` does this already.
 *
 * Checks: that they are an object and not a promise of one, that every name is known, and each value;
 * with the resources, also that each scope begins with a `claims.scopePrefix` where all servers have one.
 *
 * Does not check: whether a token can ever meet them.
 *
 * @param requirements What a route needs beyond what its resource always needs; may be left out.
 * @param resources The resources of the route, where they are known.
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
export function checkRequirements(
  requirements: Requirements | undefined,
  resources: ProtectedResource | readonly ProtectedResource[] = [],
): void {
  if (requirements === undefined) return
  const problems = problemsOf(requirements)
  throwProblems(problems)
  for (const resource of [resources].flat()) checkPrefixes(requirements, resource)
}

function checkPrefixes(requirements: Requirements, resource: ProtectedResource): void {
  const { scopes, events } = stateOf(resource)
  if (scopes.prefixes === undefined) return
  const problems = prefixProblems('requirements.scopes', requirements.scopes, scopes.prefixes)
  if (scopes.prefixes.coverEveryScope) throwProblems(problems)
  for (const problem of problems) warn(events.onEvent, problem, resource.identifier)
}

function problemsOf(requirements: unknown): ConfigProblem[] {
  const path = 'requirements'
  if (!isObject(requirements)) {
    return [{ path, message: 'must be an object such as { scopes: [] }' }]
  }
  if (isPromise(requirements)) return [{ path, message: 'is a promise; wait for it first' }]
  // Accessors of a class are not own members: they would require nothing.
  if (!isPlainObject(requirements)) return [{ path, message: 'must be a plain object' }]
  return requirementProblems(requirements)
}
