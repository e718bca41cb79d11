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
    runtime: { type: 'string' },
    page: { type: 'boolean', default: false },
  },
})
const options: SoakOptions = {
  minutes: positive('minutes', values.minutes),
  users: positive('users', values.users),
  concurrency: positive('concurrency', values.concurrency),
}

const results: SoakResult[] = []
for (const name of values.runtime === undefined ? Object.keys(TARGETS) : [values.runtime]) {
  console.log(`${name}: ${options.minutes} minutes, ${options.users} users`)
  const result = await runSoak(name, options)
  results.push(result)
  console.log(`  ${result.requests} requests: ${JSON.stringify(result.statuses)}`)
  console.log(
    `  ${result.rotations} rotations, ${result.outages} outages, ${result.records} records`,
  )
  console.log(
    `  memory in MiB: ${result.memory.map((each) => Math.round(each / 2 ** 20)).join(' ')}`,
  )
  for (const [problem, times] of countsOf(result.problems)) console.log(`  ✗ ${problem} (${times})`)
  if (options.minutes >= MIN_MINUTES_FOR_GROWTH && growthOf(result, options.minutes) > MAX_GROWTH) {
    console.log(
      `  ✗ memory: ${growthOf(result, options.minutes).toFixed(2)} times the memory of the tenth minute`,
    )
    process.exitCode = 1
  }
  if (result.problems.length > 0) process.exitCode = 1
}
if (values.page) {
  const page = new URL('../../docs/soak.md', import.meta.url)
  writeFileSync(page, buildSoakPage(options, results, new Date().toISOString().slice(0, 10)))
}

function positive(name: string, text: string): number {
  const number = Number(text)
  if (number > 0) return number
  throw new TypeError(`--${name} must be a positive number`)
}

function countsOf(problems: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const problem of problems) counts.set(problem, (counts.get(problem) ?? 0) + 1)
  return counts
}
