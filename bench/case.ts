/** A case: subjects that do the same work, independent of the timing method. */

import type { Fixtures } from './fixtures.ts'
import type { Subject } from './subjects.ts'

export type CasePart = 'cached' | 'users' | 'cold' | 'rejected' | 'metadata' | 'dpop'

export interface Case {
  readonly part: CasePart
  readonly title: string
  /** Whether it has more tokens than an isolate of workerd takes. */
  readonly isLarge?: boolean
  prepare(fixtures: Fixtures): Promise<Prepared>
}

/** A prepared case: only its work is timed. */
export interface Prepared {
  readonly subjects: readonly Subject[]
  readonly requests: readonly Request[]
  /** The expected result of every subject for each request. */
  readonly expected: 'accept' | 'reject'
}

/** Keeps results observable, so that a compiler cannot remove the work. */
export const SEEN: { last?: unknown } = {}

/** One call per subject, with the next request in turn across all rounds. */
export function toSteps({ subjects, requests }: Prepared): (() => unknown)[] {
  return subjects.map(({ run }) => {
    let index = 0
    return () => {
      index = index + 1 < requests.length ? index + 1 : 0
      SEEN.last = run(requests[index] as Request)
      return SEEN.last
    }
  })
}

/** Rejects a subject with a wrong result. */
export async function checkResults({ subjects, requests, expected }: Prepared): Promise<void> {
  const [request] = requests as [Request]
  for (const { name, role, run } of subjects) {
    // A floor only measures the cost of a response.
    if (role === 'floor') continue
    const answer = await settle(() => run(request))
    if (answer !== expected)
      throw new Error(`${name} does not ${expected} the requests of this case`)
  }
}

async function settle(run: () => unknown): Promise<Prepared['expected']> {
  try {
    const outcome = await run()
    const isRejection = outcome === false || (outcome instanceof Response && !outcome.ok)
    return isRejection ? 'reject' : 'accept'
  } catch {
    return 'reject'
  }
}
