/** Messages between the driver and the worker that runs the tests: small files in one directory. */

import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The environment variable with that directory. The driver sets it, and workers inherit it. */
const DIRECTORY = 'MUTATION_DIRECTORY'

// Tests may replace `process`, and the runner reports in the middle of them.
const { env } = process

export type MutantResult = 'killed' | 'timeout'

/** What a worker does with the next test file. */
export interface Order {
  /** `sweep`: each test again for each mutant it reaches. `one`: every test with the mutant `active` on. */
  readonly mode: 'sweep' | 'one'
  readonly active: number
  readonly total: number
  /** Of one test, in `one`; without it that of vitest counts. */
  readonly limitMs?: number
  /** Mutants to skip: killed, or tried often enough. */
  readonly done: readonly number[]
}

/** Progress of a test file, in several parts, because a worker may stop at any time. */
export interface Progress {
  /** Mutants that the file reached, while loading or in a test. Reported once, at its end. */
  readonly reached?: readonly number[]
  /** The next mutant to try. If no progress follows, this mutant ended the process. */
  readonly trying?: number
  readonly results?: Readonly<Record<number, MutantResult>>
}

export function useDirectory(directory: string): void {
  env[DIRECTORY] = directory
}

export function writeOrder(order: Order): void {
  writeFileSync(pathOf('order.json'), JSON.stringify(order))
}

export function readOrder(): Order {
  return JSON.parse(readFileSync(pathOf('order.json'), 'utf8'))
}

export function report(progress: Progress): void {
  appendFileSync(pathOf('progress.jsonl'), `${JSON.stringify(progress)}\n`)
}

/** The progress since the last call. */
export function takeProgress(): Progress[] {
  const path = pathOf('progress.jsonl')
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n')
  writeFileSync(path, '')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line))
}

function pathOf(name: string): string {
  return join(env[DIRECTORY] ?? '.', name)
}
