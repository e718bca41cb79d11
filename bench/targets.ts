/** Whether the targets are met. */

import type { RuntimeResult } from './figures.ts'
import { OURS } from './subjects.ts'
import { type Limit, TARGETS, type Target } from './target-list.ts'

export interface TargetResult {
  readonly title: string
  /** By runtime. */
  readonly cells: Readonly<Record<string, string>>
}

export function checkTargets(results: readonly RuntimeResult[]): TargetResult[] {
  return TARGETS.map((target) => {
    const cells = results.map((result) => [result.runtime, check(target, result)] as const)
    return { title: target.title, cells: Object.fromEntries(cells) }
  })
}

/** `''` without a target or a measurement. */
function check(target: Target, result: RuntimeResult): string {
  const { table, ours = OURS, other, inverse, limit } = target
  const bound = 'atMost' in limit || 'atLeast' in limit ? (limit as Limit) : limit[result.runtime]
  const figures = result.tables.find((each) => each.title === table)?.figures
  const figureOf = (name: string) => figures?.find((figure) => figure.name === name)?.value
  const mine = figureOf(ours)
  const others = [other]
    .flat()
    .map(figureOf)
    .filter((value) => value !== undefined)
  if (bound === undefined || mine === undefined || others.length === 0) return ''
  const best = Math.min(...others)
  return verdictOn(inverse ? best / mine : mine / best, bound)
}

/** Whether a ratio meets its limit, the ratio, and the limit. */
export function verdictOn(ratio: number, limit: Limit): string {
  const [isMet, sign] =
    'atMost' in limit
      ? [ratio <= limit.atMost, `≤ ${limit.atMost}`]
      : [ratio >= limit.atLeast, `≥ ${limit.atLeast}`]
  return `${isMet ? '✓' : '✗'} ${ratio.toFixed(2)} (${sign})`
}
