/** The cases with one token for each of many users. */

import { OURS } from './subjects.ts'

export const USERS = [1000, 10_000, 50_000, 100_000]
/** A cache that holds the tokens of a fifth of the users. */
export const FEW_PLACES = `${OURS}, a fifth of the places`

export function usersTitle(count: number): string {
  return `Users: ${count.toLocaleString('en')} in turn, ES256`
}
