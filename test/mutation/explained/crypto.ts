/** Mutants of src/crypto that no caller can observe. */

import { ABSENT, COMPILER, NOT_INHERITED, type Reasons } from './reasons.ts'

export const CRYPTO: Reasons = [
  [
    'src/crypto/algorithms.ts',
    'the hash of other keys and of their algorithms is `undefined`.',
    [["kty !== 'RSA' || parameters.hash === hash?.name", 'parameters.hash === hash?.name']],
  ],
  [
    'src/crypto/import-key.ts',
    'WebCrypto throws without parameters, and the exception is caught.',
    [['parameters === undefined', 'false']],
  ],
  ['src/crypto/jwk.ts', NOT_INHERITED, [['Object.hasOwn(jwk, name)', 'name in jwk']]],
  [
    'src/crypto/jwk.ts',
    COMPILER,
    [
      ['0', '1', 'Math.clz32'],
      ['bytes[first] ?? 0', 'bytes[first]'],
      ['bytes.at(-1) ?? 0', 'bytes.at(-1)'],
    ],
  ],
  [
    'src/crypto/jwk.ts',
    'a number without a bit is too short, whatever its parity.',
    [
      ['{ bits: 0, isOdd: false }', ['({ isOdd: false })', '({ bits: 0 })']],
      ['false', 'true', 'return { bits: 0'],
      ['0', '1', 'return { bits: 0'],
    ],
  ],
  [
    'src/crypto/jwk.ts',
    'a number without a bit has fewer bits than any key needs.',
    [['first < 0', 'false']],
  ],
  [
    'src/crypto/private-key.ts',
    'for the compiler: no key fits `undefined`.',
    [
      ['algorithm !== undefined && fitsAlgorithm(key, algorithm)', 'fitsAlgorithm(key, algorithm)'],
      ['own !== undefined && isSameAlgorithm(own, algorithm)', 'isSameAlgorithm(own, algorithm)'],
    ],
  ],
  ['src/crypto/sign-jwt.ts', ABSENT, [['kid === undefined', 'false']]],
  ['src/crypto/jwk.ts', COMPILER, [['0', '1', 'bytes.at(-1) ?? 0']]],
  [
    'src/crypto/algorithms.ts',
    COMPILER,
    [['ALGORITHMS[name]?.parameters.name', 'ALGORITHMS[name].parameters.name']],
  ],
  [
    'src/crypto/hmac-sync.ts',
    COMPILER,
    [
      ['0', '1', 'let [a = 0'],
      ['0', '1', 'return words[index]'],
      ['words[index] ?? 0', 'words[index]'],
    ],
  ],
  [
    'src/crypto/hmac-sync.ts',
    'a typed array ignores what is written beyond its end.',
    [
      ['64', '65', 'for (let t = 16'],
      ['t < 64', 't <= 64', 'for (let t = 16'],
    ],
  ],
  [
    'src/crypto/import-key.ts',
    'keys without the member are not RSA keys, and their signatures have a fixed length.',
    [['0', '1', 'const { modulusLength = 0 }']],
  ],
  [
    'src/crypto/sign-jwt.ts',
    ABSENT,
    [['members.filter(([, value]) => value !== undefined)', 'members']],
  ],
  [
    'src/crypto/create-verifier.ts',
    COMPILER,
    [
      ["''", "'mutant'", 'const [host'],
      ['0', '1', 'const share = quick'],
      ['quick.schemes[name] ?? 0', 'quick.schemes[name]'],
      ['0', '1', 'const sign ='],
      ['0', '1', 'for (; first < stop'],
      ['signature[first] ?? 0', 'signature[first]'],
    ],
  ],
  [
    'src/crypto/create-verifier.ts',
    'no name of an algorithm is a member of `Object.prototype`.',
    [['Object.hasOwn(quick.schemes, name)', 'name in quick.schemes']],
  ],
  [
    'src/crypto/create-verifier.ts',
    'a share that is larger by a thousandth: every row is as long.',
    [['2048', '2047', 'const RSA_BITS']],
  ],
  [
    'src/crypto/create-verifier.ts',
    'only the first row of a process is shorter.',
    [['0', '1', 'let inARow']],
  ],
  [
    'src/crypto/create-verifier.ts',
    'the exception is caught in this file, with the same verifier.',
    [
      ["process?.getBuiltinModule('node:crypto')", "process.getBuiltinModule('node:crypto')"],
      ['node === undefined || Buffer === undefined', 'Buffer === undefined'],
    ],
  ],
  [
    'src/crypto/create-verifier.ts',
    'Node knows both names of the hash. Deno knows one: test/runtimes, which is not among these tests.',
    [["'-'", "''", 'const digest']],
  ],
  [
    'src/crypto/create-verifier.ts',
    'Node reads `undefined` as it reads `null`.',
    [["hash?.replace('-', '') ?? null", "hash?.replace('-', '')"]],
  ],
  [
    'src/crypto/create-verifier.ts',
    'the decoder of Node skips the dot.',
    [['1', '0', 'const signature = Buffer.from']],
  ],
  [
    'src/crypto/create-verifier.ts',
    'the text is ASCII, which both encodings read alike.',
    [["'latin1'", "''"]],
  ],
  [
    'src/crypto/create-verifier.ts',
    'what is behind the end is cut.',
    [
      ['8', '9', 'const der'],
      ['2', '3', 'const der'],
    ],
  ],
  [
    'src/crypto/create-verifier.ts',
    '`verify` throws without a signature, and the exception is caught.',
    [['der', 'undefined', 'if (signature.length']],
  ],
  [
    'src/crypto/create-verifier.ts',
    'a number of zeros alone is invalid in any form.',
    [
      ['first < stop', 'first <= stop', 'while'],
      ['first < stop && signature[first] === 0', 'signature[first] === 0'],
    ],
  ],
]
