/** Rules for the values of options. Each rule states the mistake and how to fix it. */

import type { ConfigProblem } from '../contract/config-error.ts'
import { resourceProblem } from '../identifiers/resource-identifier.ts'
import { parseUrl } from '../lib/safe-url.ts'
import type { CheckedOptions, Feature, TokenFormats } from '../resource/feature.ts'
import { findCycle } from '../scope/hierarchy.ts'
import { isScopeToken } from '../scope/scope.ts'
import { checkMembers } from './metadata-rules.ts'
import { checkMetadataUrl } from './metadata-url-rules.ts'
import { collectProblems, type Report, reportEach } from './report.ts'
import { checkScopePrefixes, scopePrefixProblem } from './scope-prefix-rules.ts'
import { scopeProblem } from './scope-rules.ts'
import { audienceProblem, checkServers, toServerOptions } from './server-rules.ts'

/** RFC 7519 §4.1.4: no more than a few minutes, because the tolerance extends every token's lifetime. */
const MAX_CLOCK_TOLERANCE_SECONDS = 300

/** Collects every mistake in options of the right types. The caller removes options of a wrong type. */
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
  const { audience, clockToleranceSeconds = 0, documentStoreSecret, metadataUrl } = options
  const { origins, scopeHierarchy } = options
  // In the order of the options in the documentation.
  return collectProblems((report) => {
    checkResource(options, report)
    checkServers(options, formats, report)
    reportEach('scopesSupported', options.scopesSupported, scopeProblem, report)
    reportEach('requiredScopes', options.requiredScopes, scopeProblem, report)
    reportEach('challengeScopes', options.challengeScopes, scopeProblem, report)
    if (scopeHierarchy !== undefined) checkHierarchy(scopeHierarchy, report)
    checkFeatures('operations', report)
    checkScopesOfServers(options, report)
    checkMembers(options, report)
    if (metadataUrl !== undefined) checkMetadataUrl(metadataUrl, options, report)
    report('audience', audienceProblem(audience))
    checkFeatures('binding', report)
    if (origins !== '*') reportEach('origins', origins, originProblem, report)
    if (clockToleranceSeconds > MAX_CLOCK_TOLERANCE_SECONDS) {
      report(
        'clockToleranceSeconds',
        `must be at most ${MAX_CLOCK_TOLERANCE_SECONDS}, because it extends the lifetime of every token; correct the clock instead`,
      )
    }
    if (documentStoreSecret !== undefined) checkStoreSecret(documentStoreSecret, report)
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
  const known = servers.flatMap((server) => {
    const valid = server === undefined ? undefined : toServerOptions(server)
    const isValid = scopePrefixProblem(valid?.claims?.scopePrefix) === undefined
    return valid !== undefined && isValid ? [valid] : []
  })
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

function originProblem(origin: string): string | undefined {
  return isOrigin(origin)
    ? undefined
    : 'must be an origin as browsers send it, such as https://app.example, without a path, a final slash or a pattern'
}

/** As browsers serialise an origin. For schemes such as `chrome-extension` the URL parser returns `null`. */
function isOrigin(text: string): boolean {
  // The URL parser accepts a host with '*', but origins are compared as text, so it would match nothing.
  if (text.includes('*')) return false
  const origin = parseUrl(text)?.origin
  return origin === 'null' ? /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9.-]+$/.test(text) : origin === text
}

/** Rejects the empty string of an unset environment variable, and an empty list. */
function checkStoreSecret(secret: string | readonly string[], report: Report): void {
  const path = 'documentStoreSecret'
  const message =
    'is empty, so stored documents would not be authenticated; remove the option if that is intended'
  if (secret.length === 0) report(path, message)
  else reportEach(path, secret, (each) => (each === '' ? message : undefined), report)
}
