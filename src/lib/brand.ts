/** Brands: `instanceof` fails when a program holds two copies of this package; a registered symbol does not. */

import { ownMembers } from './own-members.ts'

/** Marks an error with a symbol that enumeration does not show. */
export function brand(error: Error, symbol: symbol): void {
  // Without a prototype: an inherited `get` would make the descriptor invalid.
  Object.defineProperty(error, symbol, ownMembers({ value: true }))
}

/** Whether a value has the mark itself: an inherited one does not count. */
export function isBranded(value: unknown, symbol: symbol): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, symbol)
}
