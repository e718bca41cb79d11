/** The scopes that MCP operations need, as a table or a function. Types only. */

import type { AuthContext, McpOperation } from './context.ts'
import type { McpMethod, NamedMethod } from './methods.ts'

/**
 * All of these scopes, any one of these scopes (best first), or `'public'`: no token.
 *
 * @example
 * ```ts
 * const rule: ScopeRule = { anyOf: ['notes:read', 'notes:write'] }
 * ```
 */
export type ScopeRule = readonly string[] | { readonly anyOf: readonly string[] } | 'public'

/**
 * The operations that a rule applies to: an MCP method with a name (`'tools/call delete_note'`, separated
 * by one space), an MCP method, a method of `customMethods` (these have no names), or `'*'` for all
 * operations without a rule.
 *
 * @example
 * ```ts
 * const operations = {
 *   'tools/call help': 'public',
 *   'tools/call delete_note': ['notes:write'],
 *   '*': ['notes:read'],
 * } satisfies OperationPolicy
 *
 * const deletion: OperationKey = 'tools/call delete_note'
 * ```
 */
export type OperationKey<Custom extends string = never> =
  | '*'
  | McpMethod
  | Custom
  | `${NamedMethod} ${string}`

/**
 * Returns the rule of an operation. `undefined` adds nothing to `requiredScopes`.
 *
 * @example
 * ```ts
 * const decide: OperationDecision = ({ method, name }) =>
 *   method === 'tools/call' && name?.startsWith('delete_') ? ['notes:write'] : ['notes:read']
 * ```
 */
export type OperationDecision = (
  operation: McpOperation,
  auth: AuthContext | undefined,
) => ScopeRule | undefined

/**
 * Scopes per operation. The lookup order is `'tools/call delete_note'`, `'tools/call'`, `'*'`. An
 * operation without a rule needs only `requiredScopes`. For a table in a variable of its own, write
 * `satisfies OperationPolicy`: the compiler then checks the keys.
 *
 * @example
 * ```ts
 * const operations = {
 *   'tools/call help': 'public',
 *   'tools/call delete_note': ['notes:write'],
 *   '*': ['notes:read'],
 * } satisfies OperationPolicy
 *
 * const deletion: OperationKey = 'tools/call delete_note'
 * ```
 */
export type OperationPolicy<Custom extends string = never> =
  | { readonly [Key in OperationKey<Custom>]?: ScopeRule | undefined }
  | OperationDecision
