/** Measures inside the process. The subjects run in turn, so that noise affects all of them. */

import { measure } from 'mitata'
import { type Case, checkResults, toSteps } from './case.ts'
import { quickest, type Table, toFigures } from './figures.ts'
import type { Fixtures } from './fixtures.ts'

/** Rounds that warm up the compiler. */
const WARM_UP_ROUNDS = 2
const ROUNDS = 9
const OPTIONS = {
  /** Nanoseconds for one subject in one attempt. */
  min_cpu_time: 12e6,
  /** Calls between two clock readings. mitata's 4096 take too long where a call takes 50 µs. */
  batch_samples: 128,
}
/**
 * Always in batches. mitata measures single calls where one takes more than 65 µs, and their median is that of a token
 * that was not found, although a fifth of the tokens are.
 */
const OPTIONS_OF_USERS = {
  ...OPTIONS,
  warmup_threshold: Number.POSITIVE_INFINITY,
  batch_threshold: Number.POSITIVE_INFINITY,
  min_samples: 5,
}

export async function measureCase(it: Case, fixtures: Fixtures): Promise<Table> {
  const prepared = await it.prepare(fixtures)
  await checkResults(prepared)
  const steps = toSteps(prepared)
  const rounds = steps.map((): number[] => [])
  const options = it.part === 'users' ? OPTIONS_OF_USERS : OPTIONS
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const [index, step] of steps.entries()) {
      const nanoseconds = await quickest(async () => (await measure(step, options)).p50)
      if (round >= 0) rounds[index]?.push(nanoseconds / 1000)
    }
  }
  return {
    part: it.part,
    title: it.title,
    unit: 'µs',
    figures: toFigures(prepared.subjects, rounds),
  }
}
