/** Measuring subjects beside each other: in turn and several times, so that noise hits all alike. */

import { measure } from 'mitata'
import { inTurn } from './fixtures.ts'
import type { Subject } from './subjects.ts'

/** Median microseconds by subject, and the rounds they come from. */
export interface Figure {
  readonly name: string
  readonly microseconds: number
}

const ROUNDS = 5
/** Nanoseconds of CPU for one subject in one round. */
const ROUND_TIME = 25e6

export async function compare(
  subjects: readonly Subject[],
  requests: readonly Request[],
): Promise<Figure[]> {
  const rounds = subjects.map((): number[] => [])
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, { run }] of subjects.entries()) {
      const next = inTurn(requests)
      const { p50 } = await measure(async () => run(next()), { min_cpu_time: ROUND_TIME })
      rounds[index]?.push(p50 / 1000)
    }
  }
  return subjects.map(({ name }, index) => ({ name, microseconds: median(rounds[index] ?? []) }))
}

/** Whoever does not do the work must not be in the table. */
export async function refuseImpostors(
  subjects: readonly Subject[],
  request: Request,
  isRefusal: boolean,
): Promise<void> {
  for (const { name, run } of subjects) {
    const refused = await settles(() => run(request))
    if (refused !== isRefusal) {
      throw new Error(`${name} ${refused ? 'refuses' : 'accepts'} what the others do not`)
    }
  }
}

async function settles(run: () => unknown): Promise<boolean> {
  try {
    const outcome = await run()
    return outcome === false || (outcome instanceof Response && !outcome.ok)
  } catch {
    return true
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
