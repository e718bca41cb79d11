/** What every measurement comes to, whoever took it. */

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

/** What one runtime measured. */
export interface RuntimeResult {
  /** With its version. */
  readonly name: string
  readonly runtime: string
  readonly tables: readonly Table[]
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

/** What a round is made of: whoever had to wait for a core is not slow, so everybody gets three tries. */
export const ATTEMPTS = 3

export async function quickest(measureOnce: () => Promise<number>): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    best = Math.min(best, await measureOnce())
  }
  return best
}
