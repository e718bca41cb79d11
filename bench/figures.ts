/** The figures of a measurement. */

import type { Role } from './subjects.ts'

/** The arguments of `npm run bench`, in the order of the page. */
export const PARTS = [
  'cached',
  'users',
  'cold',
  'rejected',
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
  /** Set if it differs from the unit of the table; then the figure is not a multiple of the first. */
  readonly unit?: string
}

/** One table of one runtime. The first figure is the unit of the others. */
export interface Table {
  readonly part: Part
  readonly title: string
  readonly unit: string
  readonly figures: readonly Figure[]
}

/** The tables of one runtime. */
export interface RuntimeResult {
  /** With its version. */
  readonly name: string
  readonly runtime: string
  readonly tables: readonly Table[]
}

/** One figure per subject: the median of its rounds. */
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

/** A round has three attempts: waiting for a core does not count as slow. */
export const ATTEMPTS = 3

export async function quickest(measureOnce: () => Promise<number>): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    best = Math.min(best, await measureOnce())
  }
  return best
}
