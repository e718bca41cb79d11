/** Configurations with mistakes, and the problems that they cause. */

import { expect } from 'vitest'
import {
  ConfigError,
  type ConfigProblem,
  type ProtectedResourceOptions,
  protectedResource,
} from '../../src/index.ts'
import { problemsOf } from './config-problems.ts'
import { ISSUER, RESOURCE } from './issuer.ts'

export const GOOD: ProtectedResourceOptions = { resource: RESOURCE, authorizationServers: [ISSUER] }

/** Loosely typed, because these mistakes come from plain JavaScript. */
export function errorOf(options: unknown): ConfigError | undefined {
  try {
    protectedResource(options as ProtectedResourceOptions)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  return undefined
}

export function problemsIn(options: Record<string, unknown>): readonly ConfigProblem[] {
  return problemsOf(() => protectedResource({ ...GOOD, ...options }))
}

/** The problems of `operations`, of any type, beside further options. */
export function operationProblems(
  operations: unknown,
  further: Record<string, unknown> = {},
): readonly ConfigProblem[] {
  return problemsIn({ operations, ...further })
}

export function operationProblemPaths(operations: unknown): string[] {
  return operationProblems(operations).map(({ path }) => path)
}

/** The problems of one server, the second of two. */
export function serverProblems(server: Record<string, unknown>): readonly ConfigProblem[] {
  const second = { issuer: 'https://second.example', ...server }
  return problemsIn({ authorizationServers: [ISSUER, second] })
}

export type Case = [what: string, options: Record<string, unknown>, ...problems: [string, RegExp][]]

export function expected(problems: readonly [string, RegExp][]) {
  return problems.map(([path, message]) => ({ path, message: expect.stringMatching(message) }))
}
