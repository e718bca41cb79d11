/** Runs the measurements on each runtime, one after the other, and writes `docs/performance.md`. */

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Table } from './main.ts'
import { report } from './report.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
const PAGE = fileURLToPath(new URL('../docs/performance.md', import.meta.url))

/** How each runtime is started, and how it says its version. */
const RUNTIMES: Readonly<Record<string, readonly string[]>> = {
  node: [],
  bun: ['run'],
  deno: ['run', '--quiet', '--no-lock', '--allow-all'],
}

const results = Object.entries(RUNTIMES).map(([runtime, args]) => {
  const version =
    run(runtime, ['--version'])
      .split('\n')[0]
      ?.replace(/^deno |^v/, '') ?? ''
  const started = Date.now()
  process.stdout.write(`measuring on ${runtime} ${version} … `)
  const tables = JSON.parse(run(runtime, [...args, MAIN])) as Table[]
  console.log(`${Math.round((Date.now() - started) / 1000)} s`)
  return { name: `${runtime} ${version}`, tables }
})

const page = report(results, `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`)
writeFileSync(PAGE, page)
console.log(`\n${page}\nWritten to docs/performance.md`)

function run(program: string, args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', maxBuffer: 1e7 }).trim()
}
