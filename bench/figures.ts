/** What every measurement comes to, whoever took it. */

import type { Prepared } from './cases.ts'
import type { Role } from './subjects.ts'

/** What `npm run bench` can be asked for, in the order of the page. */
export const PARTS = [
  'cached',
  'cold',
  'refused',
  'metadata',
  'dpop',
  'attack',
  'load',
  'memory',
  'startup',
] as const
export type Part = (typeof PARTS)[number]

export interface Figure {
  readonly name: string
  readonly role: Role
  readonly value: number
  /** Where it is another than its table's: then it is no multiple of the first figure either. */
  readonly unit?: string
}

/** One question, as one runtime answers it. The first figure is the unit of the others. */
export interface Table {
  readonly part: Part
  readonly title: string
  readonly unit: string
  readonly figures: readonly Figure[]
}

/** One line for each subject, the median of its rounds. */
export function toFigures(
  subjects: readonly { readonly name: string; readonly role: Role }[],
  rounds: readonly (readonly number[])[],
): Figure[] {
  return subjects.map(({ name, role }, index) => ({
    name,
    role,
    value: median(rounds[index] ?? []),
  }))
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** One call for each subject: with the next request in turn, across all rounds. */
export function toSteps({ subjects, requests }: Prepared): (() => unknown)[] {
  return subjects.map(({ run }) => {
    let index = 0
    return () => {
      index = index + 1 < requests.length ? index + 1 : 0
      return run(requests[index] as Request)
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
    const isRefusal = outcome === false || (outcome instanceof Response && !outcome.ok)
    return isRefusal ? 'refuse' : 'accept'
  } catch {
    return 'refuse'
  }
}
