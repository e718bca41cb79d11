/** Measuring inside the process: in turn and several times, so that noise hits all alike. */

import { measure } from 'mitata'
import type { Case } from './cases.ts'
import { refuseImpostors, type Table, toFigures, toSteps } from './figures.ts'
import type { Fixtures } from './fixtures.ts'

/** The first ones are for the compiler. */
const WARM_UP_ROUNDS = 2
const ROUNDS = 9
const OPTIONS = {
  /** Nanoseconds for one subject in one round. */
  min_cpu_time: 30e6,
  /** So many calls between two looks at the clock; mitata's 4096 take seconds where one takes 50 µs. */
  batch_samples: 256,
}

export async function measureCase(it: Case, fixtures: Fixtures): Promise<Table> {
  const prepared = await it.prepare(fixtures)
  await refuseImpostors(prepared)
  const steps = toSteps(prepared)
  const rounds = steps.map((): number[] => [])
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const [index, step] of steps.entries()) {
      const { p50 } = await measure(step, OPTIONS)
      if (round >= 0) rounds[index]?.push(p50 / 1000)
    }
  }
  return {
    part: it.part,
    title: it.title,
    unit: 'µs',
    figures: toFigures(prepared.subjects, rounds),
  }
}
