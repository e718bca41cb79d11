/** The context of the request that is being handled, for frameworks that pass none on. */

import { AsyncLocalStorage } from 'node:async_hooks'
import type { AnonymousContext, AuthContext } from '../../src/index.ts'

const CURRENT = new AsyncLocalStorage<AuthContext | AnonymousContext>()

/**
 * Returns the context of the request that is being handled, in handlers and tools of frameworks that have no
 * argument for it. `bearerAuth` and `protect` of this entry provide it.
 *
 * @returns The context; `undefined` outside of a guarded request. {@link requireScopes} and {@link authOf} throw
 * for `undefined`. If the guard has `optional: true`, name both types:
 * `currentAuth<AuthContext | AnonymousContext>()`.
 * @example
 * ```ts
 * // A tool of a framework without an argument for the context.
 * function whoami(): string | undefined {
 *   return currentAuth()?.subject
 * }
 * ```
 */
export function currentAuth<Auth = AuthContext>(): Auth | undefined {
  return CURRENT.getStore() as Auth | undefined
}

/** Runs what handles the request. */
export function withAuth<Result>(auth: AuthContext | AnonymousContext, run: () => Result): Result {
  return CURRENT.run(auth, run)
}
