/** `npm run soak -- --minutes 60`: rotation, outages, bad tokens, slow bodies, aborts and sessions, for a long time. */

import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runSoak, type SoakOptions, type SoakResult } from './run-soak.ts'
import { buildSoakPage, growthOf, MAX_GROWTH, MIN_MINUTES_FOR_GROWTH } from './soak-page.ts'
import { TARGETS } from './targets.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    users: { type: 'string', default: '50000' },
    concurrency: { type: 'string', default: '64' },
    rate: { type: 'string', default: 'Infinity' },
    runtime: { type: 'string' },
    page: { type: 'boolean', default: false },
  },
})
const options: SoakOptions = {
  minutes: positive('minutes', values.minutes),
  users: positive('users', values.users),
  concurrency: positive('concurrency', values.concurrency),
  rate: positive('rate', values.rate),
}

const names = values.runtime === undefined ? Object.keys(TARGETS) : [values.runtime]
console.log(`${names.join(' and ')}: ${options.minutes} minutes, ${options.users} users`)
const results = await Promise.all(
  names.map((name) =>
    runSoak(name, options, ({ minutes, requests, problems, memory }) =>
      console.log(
        `${name}, minute ${minutes.toFixed(1)}: ${requests} requests, ${problems.length} problems, heap ${toMiB(memory.heap)}, resident ${toMiB(memory.resident)}`,
      ),
    ),
  ),
)
for (const result of results) {
  const problems = problemsOf(result)
  console.log(`${result.runtime}: ${result.requests} requests, ${JSON.stringify(result.statuses)}`)
  console.log(
    `  ${result.rotations} rotations, ${result.outages} outages, ${result.records} records`,
  )
  console.log(`  heap in MiB: ${result.memory.map(({ heap }) => toMiB(heap)).join(' ')}`)
  console.log(`  resident: ${result.memory.map(({ resident }) => toMiB(resident)).join(' ')}`)
  for (const [problem, times] of problems) console.log(`  ✗ ${problem} (${times})`)
  if (problems.size > 0) process.exitCode = 1
}
if (values.page) {
  const page = new URL('../../docs/soak.md', import.meta.url)
  writeFileSync(page, buildSoakPage(options, results, new Date().toISOString().slice(0, 10)))
}

/** Each problem, and how often it came. */
function problemsOf(result: SoakResult): Map<string, number> {
  const counts = new Map<string, number>()
  for (const problem of result.problems) counts.set(problem, (counts.get(problem) ?? 0) + 1)
  const growth = growthOf(result, options.minutes)
  if (options.minutes >= MIN_MINUTES_FOR_GROWTH && growth > MAX_GROWTH) {
    counts.set(`the heap is ${growth.toFixed(2)} times that of the tenth minute`, 1)
  }
  return counts
}

function positive(name: string, text: string): number {
  const number = Number(text)
  if (number > 0) return number
  throw new TypeError(`--${name} must be a positive number`)
}

function toMiB(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}
