/** The errors of handlers that become a response. Alone in a file, so that adapters import nothing else with it. */

import { isBranded } from '../lib/brand.ts'

/** An `AuthError` or an `ExchangeError`, of any copy of this package. */
const BRANDS = ['AuthError', 'ExchangeError']

/** Whether a handler's exception is a rejection. The host handles every other one. */
export function isRejection(error: unknown): boolean {
  return BRANDS.some((name) => isBranded(error, Symbol.for(`mcp-gatehouse.${name}`)))
}
