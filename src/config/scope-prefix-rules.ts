/** Rules for `claims.scopePrefix`, and for scopes of a resource whose servers have prefixes. */

import type { ConfigProblem } from '../contract/config-error.ts'
import type { Requirements } from '../contract/requirements.ts'
import type { ProtectedResourceOptions } from '../contract/resource-options.ts'
import { isTextList } from '../lib/json.ts'
import { isScopeToken } from '../scope/scope.ts'
import { prefixProblem, type ScopePrefixes, scopePrefixesOf } from '../scope/scope-prefix.ts'
import { collectProblems, type Report, reportEach } from './report.ts'

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

/** Collects the scopes of a route's requirements that begin with no prefix. */
export function requirementPrefixProblems(
  { scopes }: Requirements,
  prefixes: ScopePrefixes,
): ConfigProblem[] {
  return collectProblems((report) => reportRule('requirements.scopes', scopes, prefixes, report))
}

function reportUnprefixed(options: ScopeOptions, prefixes: ScopePrefixes, report: Report): void {
  const problemOf = (scope: string): string | undefined => prefixProblem(scope, prefixes)
  reportEach('scopesSupported', options.scopesSupported, problemOf, report)
  reportEach('requiredScopes', options.requiredScopes, problemOf, report)
  reportEach('challengeScopes', options.challengeScopes, problemOf, report)
  for (const [scope, implied] of Object.entries(options.scopeHierarchy ?? {})) {
    const path = `scopeHierarchy.${scope}`
    report(path, problemOf(scope))
    reportEach(path, implied, problemOf, report)
  }
  if (typeof options.operations === 'function') return
  for (const [key, rule] of Object.entries(options.operations ?? {})) {
    reportRule(`operations['${key}']`, rule, prefixes, report)
  }
}

function reportRule(path: string, rule: unknown, prefixes: ScopePrefixes, report: Report): void {
  const problemOf = (scope: string): string | undefined => prefixProblem(scope, prefixes)
  if (isTextList(rule)) {
    reportEach(path, rule, problemOf, report)
    return
  }
  const anyOf = typeof rule === 'object' && rule !== null && 'anyOf' in rule ? rule.anyOf : []
  if (isTextList(anyOf)) reportEach(`${path}.anyOf`, anyOf, problemOf, report)
}
