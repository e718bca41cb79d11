/** A marker in every secret, and the search for it in everything that leaves the library. */

import { afterEach, beforeEach, expect, type MockInstance, vi } from 'vitest'
import { partsWorthHiding, spellings } from './leak.ts'

export const MARKER = 'MARKER~7f3a91'
export const SECRET_CLAIMS = {
  sub: `user-${MARKER}`,
  client_id: `client-${MARKER}`,
  jti: `token-${MARKER}`,
  email: `${MARKER}@users.example`,
}

/** Fails each test of the file that prints. */
export function expectNoPrint(): void {
  let printed: MockInstance[]

  beforeEach(() => {
    const methods = ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const
    printed = methods.map((name) => vi.spyOn(console, name).mockImplementation(() => {}))
  })

  afterEach(() => {
    expect(printed.flatMap((spy) => spy.mock.calls)).toEqual([])
    vi.restoreAllMocks()
  })
}

/** What must be found nowhere once this token went in. */
export function hidden(...tokens: readonly string[]): string[] {
  return [...spellings(MARKER), ...tokens.flatMap(partsWorthHiding)]
}

/** Throws a value, as the message and the cause of an error. */
export function repeat(value: unknown): never {
  throw new Error(JSON.stringify(value), { cause: value })
}
