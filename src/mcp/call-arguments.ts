/** The arguments of a call, for decisions that read them. */

import { AuthError } from '../contract/errors.ts'
import type { McpCall } from '../contract/operation-policy.ts'
import { deepFreeze } from '../lib/json.ts'
import { type JsonRpcCall, memberOf } from './json-rpc.ts'

/** The arguments of one call, and whether they were read and have more than one reading. */
export interface ArgumentsReader {
  readonly call: McpCall
  /** `true` after `arguments()` has thrown. The decision may have caught that. */
  readonly isAmbiguous: () => boolean
}

/** The methods whose arguments are a member of `params`. */
const WITH_ARGUMENTS = ['tools/call', 'prompts/get']

/**
 * Prepares the arguments of a call.
 *
 * @param read Gives the arguments; `undefined` in the result for those with more than one reading. It is
 * called once, when a decision reads them.
 */
export function createArgumentsReader(
  read: () => { readonly value: unknown } | undefined,
): ArgumentsReader {
  let found: { readonly value: unknown } | undefined
  let isAmbiguous = false
  const readOnce = (): unknown => {
    if (!isAmbiguous) found ??= read()
    if (found !== undefined) return deepFreeze(found.value)
    isAmbiguous = true
    throw new AuthError('body_invalid')
  }
  return { call: Object.freeze({ arguments: readOnce }), isAmbiguous: () => isAmbiguous }
}

/** The arguments in the parameters of a call. */
export function argumentsIn({ method, params }: JsonRpcCall): unknown {
  return WITH_ARGUMENTS.includes(method) ? memberOf(params, 'arguments') : params
}
