/** Rules for the values of options. Each rule states the mistake and how to fix it. */

import type { ConfigProblem } from '../contract/config-error.ts'
import { resourceProblem } from '../identifiers/resource-identifier.ts'
import { endpointProblem } from '../identifiers/url-problem.ts'
import { decodeBase64urlText } from '../lib/base64url.ts'
import { isPlainObject, parseObjectText } from '../lib/json.ts'
import { parseUrl } from '../lib/safe-url.ts'
import { OWN_MEMBERS } from '../metadata/protected-resource.ts'
import type { CheckedOptions, Feature, TokenFormats } from '../resource/feature.ts'
import { findCycle } from '../scope/hierarchy.ts'
import { isScopeToken } from '../scope/scope.ts'
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

function checkMembers(options: CheckedOptions, report: Report): void {
  const { metadata = {} } = options
  report('metadata', isPlainObject(metadata) ? undefined : 'must be a plain object')
  for (const [name, value] of Object.entries(metadata)) {
    report(`metadata.${name}`, memberProblem(name, value, options))
  }
}

function memberProblem(name: string, value: unknown, options: CheckedOptions): string | undefined {
  if (OWN_MEMBERS.has(name)) {
    return 'is derived from the other options, so that the metadata states what is enforced; remove it'
  }
  if (!isJson(value)) return 'must be a JSON value, because the metadata is JSON'
  if (name === 'jwks_uri') return ownKeysProblem(value, options)
  if (name === 'resource_signing_alg_values_supported' && !isAlgorithmList(value)) {
    return "must be an array of JWS algorithms without 'none' (RFC 9728 §2)"
  }
  if (
    name === 'bearer_methods_supported' &&
    !areSupportedMethods(value, options.token !== undefined)
  ) {
    return "must be ['header'] or [], because tokens are never read from the body or the query"
  }
  if (name === 'signed_metadata' && !isCompactJws(value)) {
    return 'must be a JWS in compact form (RFC 9728 §2.2); signProtectedResourceMetadata creates one'
  }
  return undefined
}

function ownKeysProblem(value: unknown, options: CheckedOptions): string | undefined {
  if (typeof value !== 'string') return 'must be a URL'
  const isServerKeySet = options.authorizationServers?.some((server) => {
    if (server === undefined) return false
    const { jwksUri, metadata } = toServerOptions(server)
    return value === jwksUri || value === metadata?.jwks_uri
  })
  if (isServerKeySet) {
    return 'is the key set of an authorization server; remove it, because this member is for keys of the resource itself (RFC 9728 §2)'
  }
  return endpointProblem(value, false)
}

function isAlgorithmList(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string' && each !== 'none')
}

/** The limit also ends the recursion for objects that contain themselves. */
const MAX_JSON_DEPTH = 32

function isJson(value: unknown, depth = 0): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) {
    return value == null || typeof value === 'string' || typeof value === 'boolean'
  }
  const isPlain =
    Array.isArray(value) || Object.prototype.toString.call(value) === '[object Object]'
  return (
    isPlain &&
    depth < MAX_JSON_DEPTH &&
    Object.values(value).every((each) => isJson(each, depth + 1))
  )
}

function areSupportedMethods(value: unknown, hasTokenOption: boolean): boolean {
  if (!Array.isArray(value)) return false
  return value.length === 0 || (!hasTokenOption && value.length === 1 && value[0] === 'header')
}

/** RFC 9728 §2.2: a signed document with `iss` and without `signed_metadata`. */
function isCompactJws(value: unknown): boolean {
  const segments = typeof value === 'string' ? value.split('.') : []
  if (segments.length !== 3) return false
  const payload = decodeBase64urlText(segments[1] ?? '')
  const claims = payload === undefined ? undefined : parseObjectText(payload)
  return typeof claims?.['iss'] === 'string' && !Object.hasOwn(claims, 'signed_metadata')
}

function originProblem(origin: string): string | undefined {
  return isOrigin(origin)
    ? undefined
    : 'must be an origin as browsers send it, such as https://app.example, without a path and without a final slash'
}

/** As browsers serialise an origin. For schemes such as `chrome-extension` the URL parser returns `null`. */
function isOrigin(text: string): boolean {
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
