/** The mistakes that a function reports as a `ConfigError`. */

import { ConfigError, type ConfigProblem } from '../../src/index.ts'

/** All mistakes; none if the function does not throw. Other errors pass on. */
export function problemsOf(create: () => unknown): readonly ConfigProblem[] {
  try {
    create()
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

/** The options with mistakes. */
export function problemPaths(create: () => unknown): string[] {
  return problemsOf(create).map(({ path }) => path)
}

/** The mistakes as pairs of option and message. */
export function problemPairs(create: () => unknown): [path: string, message: string][] {
  return problemsOf(create).map(({ path, message }) => [path, message])
}
