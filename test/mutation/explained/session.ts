/** Mutants of src/session that no caller can observe. */

import { COMPILER, type Reasons } from './reasons.ts'

export const SESSION: Reasons = [
  [
    'src/session/sealed-id.ts',
    COMPILER,
    [
      ["''", "'mutant'", 'const mac'],
      ["this.#options.secrets[0] ?? ''", 'this.#options.secrets[0]'],
    ],
  ],
  [
    'src/session/sealed-id.ts',
    'the pattern has both groups, or it does not match: both conditions are true together.',
    [
      [
        'id === undefined || mac === undefined',
        ['(id === undefined) && (mac === undefined)', 'id === undefined', 'mac === undefined'],
      ],
    ],
  ],
]
