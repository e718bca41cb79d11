/** How rules report mistakes. */

import type { ConfigProblem } from '../contract/config-error.ts'
import type { Report } from '../resource/feature.ts'

export type { Report } from '../resource/feature.ts'

/** Collects the reported mistakes in order. */
export function collectProblems(check: (report: Report) => void): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  check((path, message) => {
    if (message !== undefined) problems.push({ path, message })
  })
  return problems
}

/** Checks each member of a list, or a single value in place of a list. */
export function reportEach(
  path: string,
  values: string | readonly string[] | undefined,
  problemOf: (value: string) => string | undefined,
  report: Report,
): void {
  if (typeof values === 'string') report(path, problemOf(values))
  else
    for (const [index, value] of values?.entries() ?? [])
      report(`${path}[${index}]`, problemOf(value))
}
