/** The error of an invalid configuration, with all mistakes at once. */

import { brand, isBranded } from '../lib/brand.ts'

const CONFIG_ERROR = Symbol.for('mcp-gatehouse.ConfigError')

/**
 * One mistake in a configuration.
 *
 * @example
 * ```ts
 * function readPort(text: string): number {
 *   const problem: ConfigProblem = { path: 'PORT', message: 'must be a number' }
 *   if (!/^\d+$/.test(text)) throw new ConfigError([problem])
 *   return Number(text)
 * }
 * ```
 */
export interface ConfigProblem {
  /** The option, such as `authorizationServers[0].issuer`. */
  readonly path: string
  /** What is wrong and how to fix it. The sentence continues after the path. */
  readonly message: string
}

/**
 * The configuration is invalid. Thrown when a resource is created, with all mistakes at once.
 *
 * @example
 * ```ts
 * function readPort(text: string): number {
 *   const problem: ConfigProblem = { path: 'PORT', message: 'must be a number' }
 *   if (!/^\d+$/.test(text)) throw new ConfigError([problem])
 *   return Number(text)
 * }
 * ```
 */
export class ConfigError extends Error {
  /** All mistakes, at least one. */
  declare readonly problems: readonly ConfigProblem[]

  /** @param problems All mistakes, at least one. */
  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ path, message }) => `  ${path}: ${message}`)
    const count = problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`
    super(`The configuration has ${count}:\n${lines.join('\n')}`)
    this.name = 'ConfigError'
    this.problems = problems
    brand(this, CONFIG_ERROR)
  }
}

/** @throws {ConfigError} If there are mistakes. */
export function throwProblems(problems: readonly ConfigProblem[]): void {
  if (problems.length > 0) throw new ConfigError(problems)
}

/**
 * Whether a value is a {@link ConfigError}. Also true for one from another copy of this package.
 *
 * @param value Any value, usually the one that a `catch` received.
 * @returns `true` for a `ConfigError`.
 * @example
 * ```ts
 * function problemsOf(options: ProtectedResourceOptions): readonly string[] {
 *   try {
 *     protectedResource(options)
 *     return []
 *   } catch (error) {
 *     return isConfigError(error) ? error.problems.map(({ path }) => path) : ['unknown']
 *   }
 * }
 * ```
 */
export function isConfigError(value: unknown): value is ConfigError {
  return isBranded(value, CONFIG_ERROR)
}
