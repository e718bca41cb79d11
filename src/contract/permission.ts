/** The results of `permits` and the items of `visible`. Types only. */

/**
 * Whether the guard would permit an operation.
 *
 * @example
 * ```ts
 * function describePermission(permission: Permission): string {
 *   if (permission.ok) return 'allowed'
 *   return permission.denied ? 'not available' : `needs ${permission.scopes.join(' ')}`
 * }
 * ```
 */
export type Permission =
  | { readonly ok: true }
  | {
      readonly ok: false
      /** The scopes that the challenge would name; empty for a denial, and where the guard would send none. */
      readonly scopes: readonly string[]
      /** Whether no scope would help: the policy denies the operation. */
      readonly denied: boolean
    }

/**
 * A method whose calls name an item of a list.
 *
 * @example
 * ```ts
 * const listed: ListedMethod = 'tools/call'
 * ```
 */
export type ListedMethod = 'tools/call' | 'prompts/get' | 'resources/read' | 'resources/subscribe'

/**
 * What an item of a list must have for {@link visible}: tools and prompts a name, resources a URI.
 *
 * @example
 * ```ts
 * const tool: ItemOf<'tools/call'> = { name: 'delete_note' }
 * const diary: ItemOf<'resources/read'> = { uri: 'note://private/diary' }
 * ```
 */
export type ItemOf<Method extends ListedMethod> = Method extends 'tools/call' | 'prompts/get'
  ? { readonly name: string }
  : { readonly uri: string }
