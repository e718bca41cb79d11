/** When a token was issued. */

import { decodeJwt } from 'jose'

/** @returns A function that gives the second: a JWT states it, and any other token is as old as its first use. */
export function createIssueTimes(
  now: () => number = () => Math.floor(Date.now() / 1000),
): (token: string) => number {
  const firstUses = new Map<string, number>()
  return (token) => {
    const stated = statedBy(token)
    if (stated !== undefined) return stated
    const first = firstUses.get(token) ?? now()
    firstUses.set(token, first)
    return first
  }
}

function statedBy(token: string): number | undefined {
  try {
    return decodeJwt(token).iat
  } catch {
    // Not a JWT.
    return
  }
}
