/** Mutants of src/binding that no caller can observe. */

import { COMPILER, type Reasons } from './reasons.ts'

export const BINDING: Reasons = [
  [
    'src/binding/proof-keys.ts',
    'the copy is an equal text; only the memory that it keeps is different.',
    [['{ ...found, segment: copyOfText(found.segment) }', '({ ...found })']],
  ],
  [
    'src/binding/dpop-nonce.ts',
    '`parseInt` stops at the dot.',
    [['1', '0', 'Number.parseInt(match[1]']],
  ],
  [
    'src/binding/dpop-nonce.ts',
    COMPILER,
    [
      ["''", "'mutant'"],
      ["match[1] ?? ''", 'match[1]'],
      ["this.#options.secrets[secretIndex] ?? ''", 'this.#options.secrets[secretIndex]'],
    ],
  ],
  [
    'src/binding/dpop-nonce.ts',
    'the first character belongs to the time, which both texts contain.',
    [['0', '1', 'for (let index = 0']],
  ],
  [
    'src/binding/dpop-nonce.ts',
    'beyond the end both codes are `NaN`, and their XOR is 0.',
    [['index < one.length', 'index <= one.length']],
  ],
  [
    'src/binding/dpop-proof.ts',
    'no segment of a JWT contains a comma, so the parser rejects two joined proofs.',
    [["proof.length > MAX_PROOF_LENGTH || proof.includes(',')", 'proof.length > MAX_PROOF_LENGTH']],
  ],
  [
    'src/binding/dpop-proof.ts',
    'a shortcut: the normal form of the expected target is the target itself.',
    [["htu === target || typeof htu !== 'string'", "typeof htu !== 'string'"]],
  ],
  [
    'src/binding/dpop-proof.ts',
    'the caller compares with the other two values only.',
    [["'fresh'", "''"]],
  ],
  [
    'src/binding/dpop-proof.ts',
    'the condition is for the compiler: the allowed algorithms are strings.',
    [["typ !== 'dpop+jwt' || typeof alg !== 'string'", "typ !== 'dpop+jwt'"]],
  ],
  [
    'src/binding/dpop-replay.ts',
    'times are seconds since 1970: none is 0 or 1.',
    [['0', '1', '#sweptAt = 0']],
  ],
  [
    'src/binding/dpop-replay.ts',
    COMPILER,
    [['this.#counts.get(principal) ?? 0', 'this.#counts.get(principal)']],
  ],
  [
    'src/binding/dpop-replay.ts',
    'a count of 0 is read like an absent one.',
    [
      ['count > 1', ['count >= 1', 'true']],
      ['1', '0', 'if (count > 1)'],
    ],
  ],
  [
    'src/binding/dpop-replay.ts',
    COMPILER,
    [['0', '1', 'const count = this.#counts.get(principal) ?? 0']],
  ],
  [
    'src/binding/certificate-field.ts',
    COMPILER,
    [
      ["base64 === undefined || base64 === ''", "base64 === ''"],
      ["text.replaceAll(':', '').match(/../g) ?? []", "text.replaceAll(':', '').match(/../g)"],
      ['hash === undefined', 'false', 'const digest'],
      ["''", "'mutant'", 'const [whole'],
    ],
  ],
  [
    'src/binding/certificate-field.ts',
    'empty text is not base64 here, and is rejected next.',
    [
      ['/^:([^:]*):$/', '/^:([^:]+):$/'],
      [
        '/^-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\\s]+)-----END CERTIFICATE-----$/',
        '/^-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\\s]*)-----END CERTIFICATE-----$/',
      ],
    ],
  ],
  [
    'src/binding/certificate-field.ts',
    'to replace nothing by nothing changes nothing.',
    [['/\\s+/g', '/\\s*/g']],
  ],
]
