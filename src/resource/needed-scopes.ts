/** The scopes a request needs travel with its context, so that a later rejection can name them all. */

import type { AnonymousContext, AuthContext } from '../contract/context.ts'
import { isObject } from '../lib/json.ts'
import { type ScopeRequirement, scopesToRequest } from '../scope/requirement.ts'
import { unionOf } from '../scope/scope.ts'

/** What a request needs by its operations, its route and its resource. */
export interface NeededScopes extends ScopeRequirement {
  /** With `repeatGrantedScopes`: the scopes of the token, which a 403 names too. */
  readonly granted?: readonly string[]
}

/**
 * The key of a context's needed scopes. Enumerable, so that a copy by spread has it; a symbol, so that
 * JSON does not. Shared with other copies of this package in one program.
 */
export const NEEDED = Symbol.for('mcp-gatehouse.needed')

/** The needed scopes of a context or a copy of one; `undefined` for everything else. */
export function neededOf(auth: unknown): NeededScopes | undefined {
  const needed = isObject(auth) ? (auth as { [NEEDED]?: unknown })[NEEDED] : undefined
  return isObject(needed) ? (needed as unknown as NeededScopes) : undefined
}

/** All scopes a 403 has to name: those needed at the door, further ones, granted ones where repeated. */
export function withFurther(
  needed: NeededScopes | undefined,
  further: readonly string[],
): readonly string[] {
  if (needed === undefined) return further
  return unionOf(scopesToRequest(needed), further, needed.granted ?? [])
}

/** Whether a context was made for this resource. */
export function isContextOf(
  value: unknown,
  identifier: string,
): value is AuthContext | AnonymousContext {
  return neededOf(value) !== undefined && (value as AuthContext).identifier === identifier
}
