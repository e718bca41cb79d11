/** What options must mean, beyond their shape: every rule states the mistake and its remedy. */

import type { ConfigProblem } from '../contract/errors.ts'
import { resourceProblem } from '../identifiers/resource-identifier.ts'
import { decodeBase64urlText } from '../lib/base64url.ts'
import { parseObjectText } from '../lib/json.ts'
import { parseUrl } from '../lib/safe-url.ts'
import { endpointProblem } from '../metadata/authorization-server.ts'
import { OWN_MEMBERS } from '../metadata/protected-resource.ts'
import { findCycle } from '../scope/hierarchy.ts'
import { isScopeToken } from '../scope/scope.ts'
import { checkBindings } from './binding-rules.ts'
import { checkOperations } from './operation-rules.ts'
import { collectProblems, type Report, reportEach } from './report.ts'
import { scopeProblem } from './scope-rules.ts'
import {
  audienceProblem,
  checkServers,
  type JudgedOptions,
  toServerOptions,
} from './server-rules.ts'

/** A few minutes at the most: leeway prolongs every token (RFC 7519 §4.1.4). */
const MAX_CLOCK_TOLERANCE_SECONDS = 300

/** Every mistake in options of the right shape; what is of a wrong one is left out by the caller. */
export function ruleProblems(options: JudgedOptions): ConfigProblem[] {
  const { audience, clockToleranceSeconds = 0, documentStoreSecret, origins } = options
  // In the order in which a reader of the options would meet them.
  return collectProblems((report) => {
    checkResource(options, report)
    checkServers(options, report)
    reportEach('scopesSupported', options.scopesSupported, scopeProblem, report)
    reportEach('requiredScopes', options.requiredScopes, scopeProblem, report)
    reportEach('challengeScopes', options.challengeScopes, scopeProblem, report)
    checkHierarchy(options, report)
    checkOperations(options, report)
    for (const [name, value] of Object.entries(options.metadata ?? {})) {
      report(`metadata.${name}`, memberProblem(name, value, options))
    }
    report('audience', audienceProblem(audience))
    checkBindings(options, report)
    if (origins !== '*') reportEach('origins', origins, originProblem, report)
    if (clockToleranceSeconds > MAX_CLOCK_TOLERANCE_SECONDS) {
      report(
        'clockToleranceSeconds',
        `must be at most ${MAX_CLOCK_TOLERANCE_SECONDS}: it prolongs every token; mend the clock instead`,
      )
    }
    checkStoreSecret(documentStoreSecret, report)
  })
}

function checkResource({ resource, dangerouslyAllowHttp }: JudgedOptions, report: Report): void {
  if (resource === undefined) return
  report('resource', resourceProblem(resource, dangerouslyAllowHttp ?? false))
}

function checkHierarchy({ scopeHierarchy = {} }: JudgedOptions, report: Report): void {
  for (const [scope, implied] of Object.entries(scopeHierarchy)) {
    if ([scope, ...implied].every(isScopeToken)) continue
    report(`scopeHierarchy.${scope}`, 'is or implies something that is not a scope')
  }
  const cycle = findCycle(scopeHierarchy)
  if (cycle === undefined) return
  report('scopeHierarchy', `goes in a circle (${cycle}); these scopes mean the same, keep one`)
}

function memberProblem(name: string, value: unknown, options: JudgedOptions): string | undefined {
  if (OWN_MEMBERS.has(name)) {
    return 'is derived from the other options, so that what is published is what is enforced; remove it'
  }
  if (!isJson(value)) return 'must be a JSON value, since it is published as JSON'
  if (name === 'jwks_uri') return ownKeysProblem(value, options)
  if (name === 'resource_signing_alg_values_supported' && !isAlgorithmList(value)) {
    return "must be an array of JWS algorithms without 'none' (RFC 9728 §2)"
  }
  if (name === 'bearer_methods_supported' && !isHonestMethods(value, options.token !== undefined)) {
    return "must be ['header'] or []: tokens are never read from the body or the query"
  }
  if (name === 'signed_metadata' && !isCompactJws(value)) {
    return 'must be a JWS in compact form (RFC 9728 §2.2); signProtectedResourceMetadata makes one'
  }
  return undefined
}

function ownKeysProblem(value: unknown, options: JudgedOptions): string | undefined {
  if (typeof value !== 'string') return 'must be a URL'
  const isOfServer = options.authorizationServers?.some((server) => {
    if (server === undefined) return false
    const { jwksUri, metadata } = toServerOptions(server)
    return value === jwksUri || value === metadata?.jwks_uri
  })
  if (isOfServer) {
    return 'is the key set of an authorization server; this member is for keys of the resource itself (RFC 9728 §2), remove it'
  }
  return endpointProblem(value, false)
}

function isAlgorithmList(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string' && each !== 'none')
}

/** Deeper than any document needs, and an end to those that contain themselves. */
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

function isHonestMethods(value: unknown, readsElsewhere: boolean): boolean {
  if (!Array.isArray(value)) return false
  return value.length === 0 || (!readsElsewhere && value.length === 1 && value[0] === 'header')
}

/** RFC 9728 §2.2: signed, with an issuer, and not holding itself. */
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
    : 'must be an origin as browsers send it, such as https://app.example: no path, no slash at the end'
}

/** As browsers serialise it; the parser knows no origin of schemes like `chrome-extension`. */
function isOrigin(text: string): boolean {
  const origin = parseUrl(text)?.origin
  return origin === 'null' ? /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9.-]+$/.test(text) : origin === text
}

/** An environment variable that is not set must not pass for a secret, nor a list of none for one. */
function checkStoreSecret(secret: JudgedOptions['documentStoreSecret'], report: Report): void {
  const path = 'documentStoreSecret'
  const message = 'is empty, so nothing would vouch for what the store says; leave it out to say so'
  if (secret?.length === 0) report(path, message)
  else reportEach(path, secret, (each) => (each === '' ? message : undefined), report)
}
