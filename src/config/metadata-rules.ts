/** Rules for `metadata`: the members that applications add to the published document (RFC 9728 §2). */

import { endpointProblem } from '../identifiers/url-problem.ts'
import { decodeBase64urlText } from '../lib/base64url.ts'
import { isPlainObject, isTextList, parseObjectText } from '../lib/json.ts'
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
    return 'is derived from the other options, so that the metadata states what is enforced; remove it'
  }
  if (!isJson(value)) return 'must be a JSON value, because the metadata is JSON'
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
  if (typeof value !== 'string') return 'must be a URL'
  const isServerKeySet = options.authorizationServers?.some(
    (server) =>
      typeof server === 'object' && [server.jwksUri, server.metadata?.jwks_uri].includes(value),
  )
  if (isServerKeySet) {
    return 'is the key set of an authorization server; remove it, because this member is for keys of the resource itself (RFC 9728 §2)'
  }
  return endpointProblem(value, false)
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
    : "must be ['header'] or [], because tokens are never read from the body or the query"
}

/** RFC 9728 §2.2: a JWS with `iss` and without `signed_metadata`. Its members replace the plain ones. */
function signedProblem(value: unknown, { resource }: CheckedOptions): string | undefined {
  const segments = typeof value === 'string' ? value.split('.') : []
  const claims = parseObjectText(decodeBase64urlText(segments[1] ?? '') ?? '')
  const isJws = segments.length === 3 && typeof claims?.['iss'] === 'string'
  if (!isJws || Object.hasOwn(claims, 'signed_metadata')) {
    return 'must be a JWS in compact form (RFC 9728 §2.2); signProtectedResourceMetadata creates one'
  }
  return Object.hasOwn(claims, 'resource') && claims['resource'] !== resource
    ? 'is about another resource (RFC 9728 §3.3)'
    : undefined
}
