/** The scopes that MCP operations need, as a table or a function. Types only. */

import type { AuthContext, McpOperation } from './context.ts'
import type { Denial } from './denial.ts'
import type { McpMethod, NamedMethod } from './methods.ts'

/**
 * All of these scopes, any one of these scopes (best first), `'public'`: no token, or {@link deny}: no
 * scope permits it.
 *
 * @example
 * ```ts
 * const rule: ScopeRule = { anyOf: ['notes:read', 'notes:write'] }
 * ```
 */
export type ScopeRule =
  | readonly string[]
  | { readonly anyOf: readonly string[] }
  | 'public'
  | Denial

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
 * The call that a decision is about.
 *
 * @example
 * ```ts
 * function isSmallRefund(call: McpCall): boolean {
 *   const { amount } = (call.arguments() ?? {}) as { amount?: unknown }
 *   return typeof amount === 'number' && amount <= 100
 * }
 *
 * const decideByAmount: OperationDecision = ({ name }, _auth, call) => {
 *   if (name !== 'refund') return ['orders:read']
 *   return isSmallRefund(call) ? ['refunds'] : deny('refunds above 100 are made by hand')
 * }
 * ```
 */
export interface McpCall {
  /**
   * The arguments of the call: `params.arguments` of `tools/call` and `prompts/get`, `params` of other
   * methods; `undefined` where there are none. Deep-frozen, and the same value at every call.
   *
   * Arguments that two parsers may read differently are a 400: a member that is there twice,
   * `__proto__`, or an integer beyond ±(2⁵³−1), anywhere in `params`. The function then throws, and the
   * request is rejected whatever the decision does about that.
   */
  readonly arguments: () => unknown
}

/**
 * Returns the rule of an operation, or a promise of it. `undefined` adds nothing to `requiredScopes`.
 *
 * An exception, a rejected promise, or no result within `decisionTimeoutMs` is a 503. Another value than
 * a rule is a 500. The handler runs in neither case. `auth` is `undefined` for requests without a valid
 * token: where `optional` accepts anonymous calls, and to name scopes in a 401. For the latter only a
 * synchronous result counts.
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
  call: McpCall,
) => ScopeRule | undefined | Promise<ScopeRule | undefined>

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
