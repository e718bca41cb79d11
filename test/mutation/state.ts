/** What the driver and the worker that runs the tests tell each other: small files in one directory. */

import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where they lie; the driver sets it, and its workers inherit it. */
const DIRECTORY = 'MUTATION_DIRECTORY'

export type Verdict = 'killed' | 'timeout'

/** What a worker is to do with the next test file. */
export interface Order {
  /** `sweep`: each test again for each mutant it reaches. `one`: everything with `active` switched on. */
  readonly mode: 'sweep' | 'one'
  readonly active: number
  readonly total: number
  /** Not worth a try: dead, or tried often enough. */
  readonly done: readonly number[]
}

/** What a worker tells of a test file, in several parts: it may break off at any time. */
export interface News {
  /** Mutants that the file ran into, while loading or in a test. Told once, at its end. */
  readonly reached?: readonly number[]
  /** What is about to be tried. If nothing follows, the mutant took the whole process along. */
  readonly trying?: number
  readonly verdicts?: Readonly<Record<number, Verdict>>
}

export function useDirectory(directory: string): void {
  process.env[DIRECTORY] = directory
}

export function giveOrder(order: Order): void {
  writeFileSync(pathOf('order.json'), JSON.stringify(order))
}

export function readOrder(): Order {
  return JSON.parse(readFileSync(pathOf('order.json'), 'utf8'))
}

export function tell(news: News): void {
  appendFileSync(pathOf('news.jsonl'), `${JSON.stringify(news)}\n`)
}

/** Everything told since the last time. */
export function takeNews(): News[] {
  const path = pathOf('news.jsonl')
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n')
  writeFileSync(path, '')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line))
}

function pathOf(name: string): string {
  return join(process.env[DIRECTORY] ?? '.', name)
}
