/** Mutants of src/opaque that no caller can observe. */

import { ABSENT, type Reasons } from './reasons.ts'

export const OPAQUE: Reasons = [
  ['src/opaque/check-claims.ts', ABSENT, [['{ tenant: undefined }', '({  })']]],
  [
    'src/opaque/introspection.ts',
    'an endpoint stays proven, so the order of the two steps does not matter.',
    [['0', '1', 'const isProven']],
  ],
  [
    'src/opaque/introspection.ts',
    'the circuit breaker compares with `success` only.',
    [["'failure'", "''"]],
  ],
  [
    'src/opaque/response-cache.ts',
    'a comparison with `undefined` is false, so the entry is never used.',
    [["typeof exp !== 'number'", 'false']],
  ],
  [
    'src/opaque/response-cache.ts',
    'the size of 1,000 entries of one character is far below the bound.',
    [['0', '1', 'this.#invalid.set']],
  ],
  [
    'src/opaque/response-cache.ts',
    ABSENT,
    [['{ claims, startedAt, until, size: 0 }', ['({ startedAt, until, size: 0 })']]],
  ],
  [
    'src/opaque/token-memory.ts',
    'a shortcut: empty lists contain no digest.',
    [['this.#good.isEmpty && this.#undecided.isEmpty', 'false']],
  ],
]
