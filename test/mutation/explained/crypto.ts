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
]
