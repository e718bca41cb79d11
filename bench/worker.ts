/**
 * The same cases inside workerd, where clocks stand still while code runs. `workerd.ts` requests a
 * number of calls and measures their time.
 */

import { checkResults, type Prepared, toSteps } from './case.ts'
import { CASES } from './cases.ts'
import type { Fixtures } from './fixtures.ts'

let fixtures: Fixtures | undefined
let steps: (() => unknown)[] = []

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    const number = (name: string): number => Number(searchParams.get(name))
    if (pathname === '/fixtures') fixtures = (await request.json()) as Fixtures
    if (pathname === '/case') return Response.json(await prepare(number('index')))
    if (pathname === '/batch') await runBatch(number('subject'), number('count'))
    return new Response()
  },
}

async function prepare(index: number): Promise<Prepared['subjects']> {
  const prepared = await CASES[index]?.prepare(fixtures as Fixtures)
  if (prepared === undefined) throw new RangeError(`Unknown case: ${index}`)
  await checkResults(prepared)
  steps = toSteps(prepared)
  return prepared.subjects
}

async function runBatch(subject: number, count: number): Promise<void> {
  const step = steps[subject] as () => unknown
  for (let index = 0; index < count; index++) {
    const outcome = step()
    if (outcome instanceof Promise) await outcome
  }
}
