/** What a case is: subjects that do the same work, ready to be timed in whatever way. */

import type { Fixtures } from './fixtures.ts'
import type { Subject } from './subjects.ts'

export type CasePart = 'cached' | 'cold' | 'refused' | 'metadata' | 'dpop'

export interface Case {
  readonly part: CasePart
  readonly title: string
  prepare(fixtures: Fixtures): Promise<Prepared>
}

/** Everything ready, so that nothing but the work itself is timed. */
export interface Prepared {
  readonly subjects: readonly Subject[]
  readonly requests: readonly Request[]
  /** What the subjects have to say of each request, if they are to be compared. */
  readonly verdict: 'accept' | 'refuse'
}

/** Somebody may look here: an answer nobody could see is one a compiler need not make. */
export const SEEN: { last?: unknown } = {}

/** One call for each subject: with the next request in turn, across all rounds. */
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

/** Whoever does not do the work must not be in the table. */
export async function refuseImpostors({ subjects, requests, verdict }: Prepared): Promise<void> {
  const [request] = requests as [Request]
  for (const { name, role, run } of subjects) {
    // A floor only shows what an answer costs.
    if (role === 'floor') continue
    const answer = await settle(() => run(request))
    if (answer !== verdict) throw new Error(`${name} does not ${verdict} what the others do`)
  }
}

async function settle(run: () => unknown): Promise<Prepared['verdict']> {
  try {
    const outcome = await run()
    const isRejection = outcome === false || (outcome instanceof Response && !outcome.ok)
    return isRejection ? 'refuse' : 'accept'
  } catch {
    return 'refuse'
  }
}
