/** Rules for `claims.scopePrefix`, and for scopes of a resource whose servers have prefixes. */

import type { ConfigProblem } from '../contract/config-error.ts'
import type { ProtectedResourceOptions } from '../contract/resource-options.ts'
import { isScopeToken } from '../scope/scope.ts'
import {
  prefixProblem,
  prefixProblems,
  type ScopePrefixes,
  scopePrefixesOf,
} from '../scope/scope-prefix.ts'
import { collectProblems, type Report } from './report.ts'

/** The options that name scopes. */
type ScopeOptions = Pick<
  Partial<ProtectedResourceOptions<string>>,
  'scopesSupported' | 'requiredScopes' | 'challengeScopes' | 'scopeHierarchy' | 'operations'
>

/** The mistake in a prefix. */
export function scopePrefixProblem(prefix: string): string | undefined {
  return isScopeToken(prefix) && prefix !== '/'
    ? undefined
    : 'must be the beginning of scopes, such as https://api.example.com/mcp'
}

/** Reports scopes that no token can contain, because every server's scopes have a prefix. */
export function checkScopePrefixes(
  options: ScopeOptions,
  servers: Parameters<typeof scopePrefixesOf>[0],
  report: Report,
): void {
  const prefixes = scopePrefixesOf(servers)
  if (prefixes?.coverEveryScope === true) reportUnprefixed(options, prefixes, report)
}

/** The same scopes where other servers, or app roles, have scopes without a prefix. */
export function scopePrefixWarnings(
  options: ScopeOptions,
  prefixes: ScopePrefixes | undefined,
): ConfigProblem[] {
  if (prefixes === undefined || prefixes.coverEveryScope) return []
  return collectProblems((report) => reportUnprefixed(options, prefixes, report))
}

function reportUnprefixed(options: ScopeOptions, prefixes: ScopePrefixes, report: Report): void {
  const { scopesSupported, requiredScopes, challengeScopes, scopeHierarchy, operations } = options
  const reportRule = (path: string, rule: unknown): void => {
    for (const problem of prefixProblems(path, rule, prefixes))
      report(problem.path, problem.message)
  }
  reportRule('scopesSupported', scopesSupported)
  reportRule('requiredScopes', requiredScopes)
  reportRule('challengeScopes', challengeScopes)
  for (const [scope, implied] of Object.entries(scopeHierarchy ?? {})) {
    const path = `scopeHierarchy.${scope}`
    report(path, prefixProblem(scope, prefixes))
    reportRule(path, implied)
  }
  if (typeof operations === 'function') return
  for (const [key, rule] of Object.entries(operations ?? {})) {
    reportRule(`operations['${key}']`, rule)
  }
}
