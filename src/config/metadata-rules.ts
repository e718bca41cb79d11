/** Rules for `metadata`: the members that applications add to the published document (RFC 9728 §2). */

import { endpointProblem } from '../identifiers/url-problem.ts'
import { parseCompactJwt } from '../jwt/compact-jwt.ts'
import { textClaim } from '../jwt/read-claims.ts'
import { isPlainObject, isTextList } from '../lib/json.ts'
import { parseUrl } from '../lib/safe-url.ts'
import { OWN_MEMBERS } from '../metadata/protected-resource.ts'
import type { CheckedOptions } from '../resource/feature.ts'
import type { Report } from './report.ts'

/** Reports every mistake in `metadata`. */
export function checkMembers(options: CheckedOptions, report: Report): void {
  const { metadata = {} } = options
  report('metadata', isPlainObject(metadata) ? undefined : 'must be a plain object')
  for (const [name, value] of Object.entries(metadata)) {
    report(`metadata.${name}`, memberProblem(name, value, options))
  }
}

function memberProblem(name: string, value: unknown, options: CheckedOptions): string | undefined {
  // Not published, as if it were absent (RFC 9728 §3.2).
  if (value === undefined || value === null) return undefined
  if (OWN_MEMBERS.has(name)) {
    return 'is derived from the other options; remove it'
  }
  if (!isJson(value)) return 'must be a JSON value'
  // RFC 9728 §2.1: the name of a text may end in its language, such as `resource_name#fr`.
  const base = name.replace(/#.*/, '')
  return Object.hasOwn(REGISTERED, base) ? REGISTERED[base]?.(value, options) : undefined
}

type MemberRule = (value: unknown, options: CheckedOptions) => string | undefined

/** RFC 9728 §2. Clients reject the whole document if one of these members has the wrong type. */
const REGISTERED: Readonly<Record<string, MemberRule>> = {
  jwks_uri: ownKeysProblem,
  bearer_methods_supported: methodsProblem,
  resource_signing_alg_values_supported: (value) =>
    isTextList(value) && !value.includes('none')
      ? undefined
      : "must be an array of JWS algorithms without 'none' (RFC 9728 §2)",
  resource_name: (value) => (typeof value === 'string' ? undefined : 'must be a string'),
  resource_documentation: pageProblem,
  resource_policy_uri: pageProblem,
  resource_tos_uri: pageProblem,
  authorization_details_types_supported: (value) =>
    isTextList(value) ? undefined : 'must be an array of strings',
  signed_metadata: signedProblem,
}

function pageProblem(value: unknown): string | undefined {
  const url = typeof value === 'string' ? parseUrl(value) : undefined
  return url?.protocol === 'https:' || url?.protocol === 'http:'
    ? undefined
    : 'must be the URL of a page'
}

function ownKeysProblem(value: unknown, options: CheckedOptions): string | undefined {
  const url = typeof value === 'string' ? value : ''
  const isServerKeySet = options.authorizationServers?.some(
    (server) =>
      typeof server === 'object' && [server.jwksUri, server.metadata?.jwks_uri].includes(url),
  )
  if (isServerKeySet) {
    return 'is the key set of an authorization server, not of the resource (RFC 9728 §2); remove it'
  }
  return endpointProblem(url, false)
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

function methodsProblem(value: unknown, { token }: CheckedOptions): string | undefined {
  const text = JSON.stringify(value)
  return text === '[]' || (text === '["header"]' && token === undefined)
    ? undefined
    : "must be ['header'] or [], because no token is read from the body or query"
}

/**
 * RFC 9728 §2.2: a signed JWS with `iss` and without `signed_metadata`. Its members replace the plain ones. The
 * signature is not verified: it is for clients, which have the key of the signer.
 */
function signedProblem(value: unknown, { resource }: CheckedOptions): string | undefined {
  const { header = {}, claims = {} } = (typeof value === 'string' && parseCompactJwt(value)) || {}
  const algorithm = textClaim(header, 'alg') ?? 'none'
  if (
    algorithm === 'none' ||
    !textClaim(claims, 'iss') ||
    claims['signed_metadata'] !== undefined
  ) {
    return 'must be a JWS in compact form (RFC 9728 §2.2); use signProtectedResourceMetadata'
  }
  const { resource: about = resource } = claims
  return about === resource ? undefined : 'is about another resource (RFC 9728 §3.3)'
}
