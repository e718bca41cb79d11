/** Mutants of src/revocation that no caller can observe. */

import { ABSENT, COMPILER, NARROWING, NOT_INHERITED, type Reasons } from './reasons.ts'

export const REVOCATION: Reasons = [
  [
    'src/revocation/logout-token.ts',
    NARROWING,
    [
      ['issuer === undefined || named === undefined', 'named === undefined'],
      ["typeof alg !== 'string' || !algorithms.has(alg)", '!algorithms.has(alg)'],
    ],
  ],
  [
    'src/revocation/logout-token.ts',
    'the first condition is for the compiler: `checkTimes` rejects the same values for the same reason.',
    [['isFiniteNumber(exp) && exp > now + MAX_AGE_SECONDS', 'exp > now + MAX_AGE_SECONDS']],
  ],
  [
    'src/revocation/logout-token.ts',
    'after 600 seconds a token is rejected by its `iat`.',
    [
      ['900', ['901', '899']],
      ['0', '1', 'secondsLeft'],
    ],
  ],
  [
    'src/revocation/logout-token.ts',
    'the next member replaces what depends on it.',
    [["'standard'", "''"]],
  ],
  [
    'src/revocation/logout-token.ts',
    ABSENT,
    [['{ toleranceSeconds, maxAgeSeconds: undefined }', '({ toleranceSeconds })']],
  ],
  [
    'src/revocation/logout-token.ts',
    NOT_INHERITED,
    [["Object.hasOwn(claims, 'nonce')", "'nonce' in claims"]],
  ],
  [
    'src/revocation/status-list-token.ts',
    NARROWING,
    [["typeof alg !== 'string' || !algorithms.has(alg)", '!algorithms.has(alg)']],
  ],
  ['src/revocation/status-list-token.ts', COMPILER, [['0', '1', '{ iat = 0']]],
  [
    'src/revocation/status-list-token.ts',
    'for the compiler: the issuer of a verified token matches its server.',
    [['server.matches(issuer)?.tenant', 'server.matches(issuer).tenant']],
  ],
  [
    'src/revocation/revocation-check.ts',
    'for the compiler: a verified token has a server, whose issuers it matches.',
    [
      [
        'server?.matches(issuer)?.tenant',
        ['server?.matches(issuer).tenant', 'server.matches(issuer)?.tenant'],
      ],
    ],
  ],
  [
    'src/revocation/revocation-check.ts',
    'for the compiler: `checkTimes` rejects every other value.',
    [['isFiniteNumber(iat)', 'true']],
  ],
  [
    'src/revocation/revoked-before.ts',
    'for the compiler: a comparison with `undefined` or a number made of it is false.',
    [
      [
        'issuedAt === undefined || issuedAt > time + TOLERANCE_SECONDS',
        'issuedAt > time + TOLERANCE_SECONDS',
      ],
      ['mark !== undefined && issued <= mark', 'issued <= mark'],
      ['stored !== undefined && stored >= writing.mark', 'stored >= writing.mark'],
    ],
  ],
  [
    'src/revocation/status-reference.ts',
    'a shortcut: a value that is not an object has no such member.',
    [['isObject(status)', 'true']],
  ],
  [
    'src/revocation/status-reference.ts',
    NARROWING,
    [["typeof index !== 'number' || !Number.isInteger(index)", '!Number.isInteger(index)']],
  ],
  [
    'src/revocation/status-list.ts',
    NARROWING,
    [["typeof bits !== 'number' || !BITS.includes(bits)", '!BITS.includes(bits)']],
  ],
  [
    'src/revocation/status-list.ts',
    'without data, decompression fails as well.',
    [
      [
        'compressed && (await inflate(compressed, MAX_LIST_BYTES))',
        '(await inflate(compressed, MAX_LIST_BYTES))',
      ],
    ],
  ],
  [
    'src/revocation/status-list.ts',
    COMPILER,
    [
      ['0', '1', '?? 0'],
      ['flags[index >>> 3] ?? 0', 'flags[index >>> 3]'],
      ['bytes[Math.floor(index / perByte)] ?? 0', 'bytes[Math.floor(index / perByte)]'],
    ],
  ],
  [
    'src/revocation/status-list.ts',
    'behind the last byte there is no status to copy.',
    [['index < length', 'index <= length']],
  ],
  [
    'src/revocation/inflate.ts',
    'the length of a slice changes no result, nor does an empty slice.',
    [
      ['4096', ['4097', '4095']],
      ['offset >= bytes.byteLength', 'offset > bytes.byteLength'],
    ],
  ],
  [
    'src/revocation/create-revocation.ts',
    'for the compiler: each server has a state.',
    [
      ['state === undefined', 'false'],
      ['continue', ''],
      ['list', 'true'],
    ],
  ],
]
