/** Whether the guard would permit an operation, and which items of a list, before a call is made. */

import type { AnonymousContext, AuthContext, McpOperation } from './contract/context.ts'
import type { ItemOf, ListedMethod, Permission } from './contract/permission.ts'
import type { Requirements } from './contract/requirements.ts'
import { createApplicant, decidePermission } from './request/permission.ts'
import { findVisible } from './request/visible-items.ts'
import { type ProtectedResource, stateOf } from './resource/state.ts'

/**
 * Whether the guard would permit an operation to this context.
 *
 * Checks: `requiredScopes`, the requirements, and the policy of `operations`, by the code that decides
 * about requests. A decision function is called with the context.
 *
 * Does not check: the token again (it may expire), its binding, or a body. `call.arguments()` of a
 * decision is `undefined` unless `operation.arguments` is given.
 *
 * @param resource The resource that the context is for.
 * @param auth The context of the current request, or a copy of it.
 * @param operation The operation, and its arguments if a decision reads them.
 * @param requirements What the route needs beyond the resource's own requirements.
 * @returns Whether the call would pass. An operation that cannot be decided (a decision throws or takes
 * too long, an invalid URI) is not permitted; its `scopes` are empty.
 * @throws {TypeError} If `auth` is not a context of this resource.
 * @example
 * ```ts
 * async function canDelete(auth: AuthContext): Promise<boolean> {
 *   const permission = await permits(notes, auth, { method: 'tools/call', name: 'delete_note' })
 *   return permission.ok
 * }
 * ```
 */
export async function permits(
  resource: ProtectedResource,
  auth: AuthContext | AnonymousContext,
  operation: McpOperation & { readonly arguments?: unknown },
  requirements?: Requirements | undefined,
): Promise<Permission> {
  const state = stateOf(resource)
  const applicant = createApplicant(auth, requirements, state)
  const given: unknown = operation
  if (typeof given !== 'object' || given === null || typeof operation.method !== 'string') {
    throw new TypeError("The operation must be an object such as { method: 'tools/call', name }.")
  }
  return decidePermission(operation, applicant, state)
}

/**
 * Filters a list to the items that the guard would permit this context to use. What is hidden is rejected
 * when it is called, and the reverse.
 *
 * Templates are not filtered: their URIs are known when they are read. The guide says when hiding an item
 * prevents a client from asking for a scope.
 *
 * @param resource The resource that the context is for.
 * @param auth The context of the current request, or a copy of it.
 * @param method The method of the call, not of the list: `'tools/call'` for the items of `tools/list`.
 * @param items The tools, prompts or resources. Items without a name or a URI are left out.
 * @param requirements What the route needs beyond the resource's own requirements.
 * @returns The permitted items in their order, unchanged. Items that cannot be decided are left out.
 * @throws {TypeError} If `auth` is not a context of this resource, `method` is another method, or `items`
 * is not an array.
 * @example
 * ```ts
 * async function listTools(auth: AuthContext): Promise<{ name: string }[]> {
 *   const tools = [{ name: 'list_notes' }, { name: 'delete_note' }]
 *   return visible(notes, auth, 'tools/call', tools)
 * }
 * ```
 */
export async function visible<Method extends ListedMethod, Item extends ItemOf<Method>>(
  resource: ProtectedResource,
  auth: AuthContext | AnonymousContext,
  method: Method,
  items: readonly Item[],
  requirements?: Requirements | undefined,
): Promise<Item[]> {
  const state = stateOf(resource)
  const applicant = createApplicant(auth, requirements, state)
  return findVisible(method, items, applicant, state)
}
