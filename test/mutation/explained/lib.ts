/** Mutants of src/lib that no caller can observe. */

import { COMPILER, type Reasons } from './reasons.ts'

export const LIB: Reasons = [
  [
    'src/lib/held-bytes.ts',
    'the values of a list are its entries.',
    [['isList', 'false', 'const members']],
  ],
  [
    'src/lib/principal-shares.ts',
    'another hash: principals have other slots, and the same shares.',
    [
      ['16', ['17', '15'], 'hash ^= hash >>> 16'],
      ['hash >>> 16', 'hash << 16'],
      ['hash ^= hash >>> 16', ''],
      ['0x9e3779b1', ['2654435762', '2654435760']],
      ['15', ['16', '14'], 'hash ^= hash >>> 15'],
      ['hash >>> 15', 'hash << 15'],
      ['hash ^= hash >>> 15', ''],
    ],
  ],
  [
    'src/lib/principal-shares.ts',
    COMPILER,
    [
      ['0', '1', '?? 0'],
      ['this.#shares[this.#slotOf(principal)] ?? 0', 'this.#shares[this.#slotOf(principal)]'],
      ['this.#shares[slot] ?? 0', 'this.#shares[slot]'],
      ['shares[index] ?? 0', 'shares[index]'],
    ],
  ],
  [
    'src/lib/principal-shares.ts',
    'the product of a power of two and 0.8 is never a whole number.',
    [
      [
        'this.#size > this.#hashes.length * MAX_LOAD',
        'this.#size >= this.#hashes.length * MAX_LOAD',
      ],
    ],
  ],
  [
    'src/lib/cache-entry.ts',
    'the table and the cache set it before they read it.',
    [
      ['0', '1', 'place = 0'],
      ['0', '1', 'usedAt = 0'],
    ],
  ],
  [
    'src/lib/cache-entry.ts',
    'another hash: credentials have other slots, and are found by their whole text.',
    [
      ['61', ['62', '60']],
      [
        'Math.imul(hash, 61) + credential.charCodeAt(end - back)',
        'Math.imul(hash, 61) - credential.charCodeAt(end - back)',
      ],
      ['0x9e3779b1', ['2654435762', '2654435760']],
      ['15', ['16', '14'], 'hash >>> 15'],
      ['hash >>> 15', 'hash << 15'],
    ],
  ],
  [
    'src/lib/entry-table.ts',
    'a shortcut: the whole text is compared in any case.',
    [
      ['hashes[slot] !== hash', 'false'],
      ['continue', '', 'hashes[slot] !== hash'],
      ['whole !== undefined', 'false'],
    ],
  ],
  [
    'src/lib/entry-table.ts',
    'for the compiler: a slot with a hash has an entry.',
    [
      [
        'entry !== undefined && this.#isEntryOf(entry, credential)',
        'this.#isEntryOf(entry, credential)',
      ],
    ],
  ],
  [
    'src/lib/entry-table.ts',
    'the first round then writes the slot into itself.',
    [['1', '0', 'let next = (gap + 1)']],
  ],
  [
    'src/lib/entry-table.ts',
    COMPILER,
    [
      ['0', '1', 'hashes[next] ?? 0'],
      ['hashes[next] ?? 0', 'hashes[next]'],
    ],
  ],
  [
    'src/lib/absence-log.ts',
    'of two notes of the same age, either may give way.',
    [
      [
        'this.#age(slot, uses) > this.#age(best, uses)',
        'this.#age(slot, uses) >= this.#age(best, uses)',
      ],
    ],
  ],
  [
    'src/lib/absence-log.ts',
    COMPILER,
    [
      ['0', '1', 'this.#uses[slot] ?? 0'],
      ['this.#uses[slot] ?? 0', 'this.#uses[slot]'],
    ],
  ],
  [
    'src/lib/absence-log.ts',
    'each principal then has four other groups of slots.',
    [
      [
        'principal + (credential % GROUPS_PER_PRINCIPAL)',
        'principal - (credential % GROUPS_PER_PRINCIPAL)',
      ],
    ],
  ],
  [
    'src/lib/credential-cache.ts',
    'one sample more or less: the idlest of a few entries is an estimate.',
    [
      ['8', ['9', '7'], 'const SAMPLES'],
      ['1', ['2', '0'], 'let count = 1'],
      ['count < SAMPLES', 'count <= SAMPLES'],
    ],
  ],
  [
    'src/lib/credential-cache.ts',
    'where counting, a search or the ring begins.',
    [
      ['0', '1', '#uses = 0'],
      ['0', '1', '#position = 0'],
      ['0', '1', '#hotPosition = 0'],
    ],
  ],
  [
    'src/lib/credential-cache.ts',
    'the seed replaces it before it is read.',
    [['0', '1', '#random = 0']],
  ],
  [
    'src/lib/credential-cache.ts',
    'a shortcut: the longer way finds the room as well.',
    [['this.#hasRoomFor(bytes)', 'false']],
  ],
  [
    'src/lib/credential-cache.ts',
    'a use that counts twice: the order of uses is the same.',
    [['1', '2', '^this.#uses = (this.#uses + 1)']],
  ],
  [
    'src/lib/credential-cache.ts',
    'every number but 0 can be the seed.',
    [['1', '2', 'seed() || 1']],
  ],
  [
    'src/lib/credential-cache.ts',
    'the search begins behind the entry that it found last, which was removed.',
    [
      ['0', '1', 'let count = 0'],
      ['count < slots', 'count <= slots'],
    ],
  ],
  [
    'src/lib/credential-cache.ts',
    'the search, or the ring, goes the other way round.',
    [
      ['this.#position + 1', 'this.#position - 1'],
      ['this.#hotPosition + 1', 'this.#hotPosition - 1'],
    ],
  ],
  [
    'src/lib/credential-cache.ts',
    'each entry has bytes, so it counts as one at least.',
    [['1', '0', 'Math.max(1, ']],
  ],
  [
    'src/lib/credential-cache.ts',
    'a shortcut: the note of the newcomer is the same in each round.',
    [
      [
        'away ??= absences.usesSince(principal, hash, this.#uses)',
        'away = absences.usesSince(principal, hash, this.#uses)',
      ],
    ],
  ],
  [
    'src/lib/credential-cache.ts',
    'no two credentials were used at the same time.',
    [
      ['away >= this.#idleTimeOf(idlest)', 'away > this.#idleTimeOf(idlest)'],
      [
        'this.#idleTimeOf(entry) > this.#idleTimeOf(idlest)',
        'this.#idleTimeOf(entry) >= this.#idleTimeOf(idlest)',
      ],
    ],
  ],
  [
    'src/lib/credential-cache.ts',
    'a larger log only forgets less.',
    [
      ['this.#absences.slots < this.#table.size', 'this.#absences.slots <= this.#table.size'],
      [
        'this.#absences === undefined || this.#absences.slots < this.#table.size',
        'this.#absences === undefined',
      ],
    ],
  ],
  ['src/lib/credential-cache.ts', 'other random numbers.', [['13', ['14', '12']]]],
  [
    'src/lib/credential-cache.ts',
    COMPILER,
    [
      ['1', ['2', '0'], 'crypto.getRandomValues'],
      [
        'crypto.getRandomValues(new Int32Array(1))[0] ?? 1',
        'crypto.getRandomValues(new Int32Array(1))[0]',
      ],
    ],
  ],
]
