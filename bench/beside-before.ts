/** A token seen before, beside the build of {@link buildBefore}: both in one process, in turn. */

import type { Case } from './case.ts'
import { createRequest, type Fixtures, importVerificationKey } from './fixtures.ts'
import { type Entry, gatehouse, headerOnly, OURS } from './subjects.ts'

/** @param before The URL of the main entry of that build. */
export function besideBefore(before: string): Case {
  return {
    part: 'cached',
    title: 'Seen before: 1 token in turn, beside the release candidate',
    async prepare({ keys, tokens }: Fixtures) {
      const key = await importVerificationKey('RS256', keys.RS256)
      const former = (await import(before)) as Entry
      return {
        subjects: [
          headerOnly(),
          { ...gatehouse(key, undefined, former), name: 'before' },
          { ...gatehouse(key), name: OURS },
        ],
        requests: [createRequest(`Bearer ${tokens.RS256[0]}`)],
        expected: 'accept',
      }
    },
  }
}
