/** Mutants of src/revocation that no caller can observe. */

import { COMPILER, NARROWING, type Reasons } from './reasons.ts'

export const REVOCATION: Reasons = [
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
    ],
  ],
]
