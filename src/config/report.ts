/** How rules say what they find. */

import type { ConfigProblem } from '../contract/errors.ts'

/** Takes what a rule has to say of an option; `undefined` says that nothing is wrong with it. */
export type Report = (path: string, message: string | undefined) => void

/** Everything that is reported, in the order in which it is. */
export function collectProblems(judge: (report: Report) => void): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  judge((path, message) => {
    if (message !== undefined) problems.push({ path, message })
  })
  return problems
}

/** Judges the members of a list one by one, or the one value that may stand for a list of one. */
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
