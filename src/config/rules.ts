/** Rules that need more than the value of one option. Each rule states the mistake and how to fix it. */

import type { ConfigProblem } from '../contract/config-error.ts'
import { resourceProblem } from '../identifiers/resource-identifier.ts'
import type { CheckedOptions, Feature, TokenFormats } from '../resource/feature.ts'
import { findCycle } from '../scope/hierarchy.ts'
import { isScopeToken } from '../scope/scope.ts'
import { checkMembers } from './metadata-rules.ts'
import { checkMetadataUrl } from './metadata-url-rules.ts'
import { collectProblems, type Report } from './report.ts'
import { checkScopePrefixes } from './scope-prefix-rules.ts'
import { checkServers, toServerOptions } from './server-rules.ts'

/** Collects every mistake in options that fit the schema. The caller removes the others. */
export function ruleProblems(
  options: CheckedOptions,
  features: readonly Feature[],
  formats: TokenFormats,
): ConfigProblem[] {
  const checkFeatures = (kind: Feature['kind'], report: Report): void => {
    for (const feature of features) {
      if (feature.kind === kind && feature.kind !== 'tokenFormat') feature.check?.(options, report)
    }
  }
  const { metadataUrl, scopeHierarchy } = options
  // In the order of the options in the documentation.
  return collectProblems((report) => {
    checkResource(options, report)
    checkServers(options, formats, report)
    if (scopeHierarchy !== undefined) checkHierarchy(scopeHierarchy, report)
    checkFeatures('operations', report)
    checkScopesOfServers(options, report)
    checkMembers(options, report)
    if (metadataUrl !== undefined) checkMetadataUrl(metadataUrl, options, report)
    checkFeatures('binding', report)
    checkFeatures('resource', report)
  })
}

function checkResource({ resource, dangerouslyAllowHttp }: CheckedOptions, report: Report): void {
  if (resource === undefined) return
  report('resource', resourceProblem(resource, dangerouslyAllowHttp ?? false))
}

/** Skipped while a server has mistakes: it may be the one whose scopes have no prefix. */
function checkScopesOfServers(options: CheckedOptions, report: Report): void {
  const servers = options.authorizationServers ?? []
  const known = servers.flatMap((server) => (server === undefined ? [] : toServerOptions(server)))
  if (known.length === servers.length) checkScopePrefixes(options, known, report)
}

function checkHierarchy(
  hierarchy: NonNullable<CheckedOptions['scopeHierarchy']>,
  report: Report,
): void {
  for (const [scope, implied] of Object.entries(hierarchy)) {
    if ([scope, ...implied].every(isScopeToken)) continue
    report(`scopeHierarchy.${scope}`, 'contains a value that is not a scope')
  }
  const cycle = findCycle(hierarchy)
  if (cycle === undefined) return
  report(
    'scopeHierarchy',
    `has a cycle (${cycle}); these scopes include each other, so keep one of them`,
  )
}
