/** Rules for the options of authorization servers, each alone and all together. */

import type {
  AuthorizationServerOptions,
  IssuerTemplate,
} from '../contract/authorization-server-options.ts'
import type { AuthorizationServerMetadata, JwkSet } from '../contract/documents.ts'
import { isPrivateOrSymmetric, isUsableKey } from '../crypto/jwk.ts'
import { issuerProblem } from '../identifiers/issuer.ts'
import { createIssuerMatcher, templatePatterns } from '../identifiers/issuer-matcher.ts'
import {
  fillTemplate,
  findTenant,
  patternsOverlap,
  placeholderCount,
} from '../identifiers/issuer-template.ts'
import { endpointProblem } from '../identifiers/url-problem.ts'
import { ownMembers } from '../lib/own-members.ts'
import { parseAuthorizationServerMetadata } from '../metadata/authorization-server.ts'
import type { CheckedOptions, TokenFormats } from '../resource/feature.ts'
import { type Report, reportEach } from './report.ts'
import { checkTokenFormats, neededMembers, needsKeys } from './token-format-rules.ts'

/** Reports every mistake in the list of authorization servers. */
export function checkServers(options: CheckedOptions, formats: TokenFormats, report: Report): void {
  const servers = options.authorizationServers?.map((server) =>
    server === undefined ? undefined : toServerOptions(server),
  )
  if (servers === undefined) return
  if (servers.length === 0) {
    report('authorizationServers', 'is empty; name at least one issuer')
  } else if (servers.every((server) => server?.advertised === false)) {
    report('authorizationServers', 'has no advertised server; clients need at least one to log in')
  }
  for (const [index, server] of servers.entries()) {
    if (server === undefined) continue
    const base = `authorizationServers[${index}]`
    const isText = typeof options.authorizationServers?.[index] === 'string'
    checkServer(server, { options, formats }, (path, message) =>
      report(isText && path === 'issuer' ? base : `${base}.${path}`, message),
    )
  }
  if (servers.length > 1) checkOverlaps(servers, report)
  for (const check of new Set(Object.values(formats).map(({ checkServers: each }) => each))) {
    check?.(servers, report)
  }
}

/** The options of an entry; a string is an issuer without options. */
export function toServerOptions(
  server: string | AuthorizationServerOptions,
): AuthorizationServerOptions {
  return typeof server === 'string' ? ownMembers({ issuer: server }) : server
}

/** What the rules for one server also read. */
interface ServerChecks {
  readonly options: CheckedOptions
  readonly formats: TokenFormats
}

function checkServer(
  server: AuthorizationServerOptions,
  { options, formats }: ServerChecks,
  report: Report,
): void {
  const allowHttp = server.dangerouslyAllowHttp ?? options.dangerouslyAllowHttp ?? false
  report('issuer', issuerProblem(server.issuer, allowHttp))
  report('metadataUrl', endpointProblem(server.metadataUrl, allowHttp))
  report('jwksUri', endpointProblem(server.jwksUri, allowHttp))
  const { metadata, jwks, issuerTemplate, accessToken } = server
  if (metadata !== undefined) checkMetadata(metadata, server, { formats, allowHttp, report })
  if (jwks !== undefined) checkKeys(jwks, server, report)
  checkAudience(server, options, report)
  if (issuerTemplate !== undefined) checkTemplate(issuerTemplate, server, allowHttp, report)
  if (accessToken !== undefined) checkTokenFormats(server, formats, allowHttp, report)
}

interface MetadataChecks {
  readonly formats: TokenFormats
  readonly allowHttp: boolean
  readonly report: Report
}

function checkMetadata(
  metadata: AuthorizationServerMetadata,
  server: AuthorizationServerOptions,
  { formats, allowHttp, report }: MetadataChecks,
): void {
  if (server.metadataUrl !== undefined) {
    report('metadataUrl', 'cannot be combined with metadata; remove one of them')
  }
  const parsed = parseAuthorizationServerMetadata(metadata, allowHttp)
  if (!parsed.ok) {
    report(`metadata.${parsed.error.member}`, parsed.error.message)
    return
  }
  const known = [server.issuer, ...templatePatterns(server.issuerTemplate)]
  if (!known.includes(parsed.value.issuer)) {
    report(
      'metadata.issuer',
      'must equal the issuer option, character by character (RFC 8414 §3.3)',
    )
  }
  const hasKeys = server.jwks ?? server.jwksUri ?? metadata.jwks_uri
  if (hasKeys === undefined && needsKeys(server, formats)) {
    report('metadata.jwks_uri', 'is missing, so no token can be verified; add it, jwksUri or jwks')
  }
  for (const member of neededMembers(server, formats)) {
    if (metadata[member] !== undefined) continue
    report(
      `metadata.${member}`,
      `is missing, so no token can be verified; add it, or add endpoint to the introspection options`,
    )
  }
}

function checkKeys(jwks: JwkSet, { jwksUri }: AuthorizationServerOptions, report: Report): void {
  if (jwksUri !== undefined) report('jwksUri', 'cannot be combined with jwks; remove one of them')
  const keys = jwks.keys.map(ownMembers)
  const secret = keys.map(isPrivateOrSymmetric)
  for (const [index, isSecret] of secret.entries()) {
    if (isSecret) {
      report(`jwks.keys[${index}]`, 'is a private or symmetric key; give the public key only')
    }
  }
  if (!secret.includes(true) && !keys.some(isUsableKey)) {
    report('jwks.keys', 'contains no public key that can verify signatures')
  }
}

function checkAudience(
  server: AuthorizationServerOptions,
  options: CheckedOptions,
  report: Report,
): void {
  const { audience, claims } = server
  if (server.dangerouslyAllowMissingAudience === true && server.issuerTemplate !== undefined) {
    report(
      'dangerouslyAllowMissingAudience',
      'cannot be combined with issuerTemplate, because the tokens of every tenant for every service would be accepted',
    )
  }
  if (claims?.audience === undefined) return
  const others = [...NO_AUDIENCE, claims.scope, claims.subject].flat()
  if (others.includes(claims.audience)) {
    report('claims.audience', 'cannot be this claim, because it does not identify an audience')
  } else if (audience === undefined && options.audience === undefined) {
    report('claims.audience', 'requires an explicit audience to compare this claim with')
  }
}

const NO_AUDIENCE = ['', 'iss', 'sub', 'scope', 'scp', 'scopes']

function checkTemplate(
  template: IssuerTemplate,
  { issuer }: AuthorizationServerOptions,
  allowHttp: boolean,
  report: Report,
): void {
  const { pattern } = template
  const path = 'issuerTemplate.pattern'
  if (pattern.length === 0) report(path, 'is empty; give at least one pattern')
  else reportEach(path, pattern, (each) => patternProblem(each, allowHttp), report)
  report('issuer', templateIssuerProblem(issuer, template))
}

/** A preset that is spread with another `issuer` would send clients to one server and trust another. */
function templateIssuerProblem(issuer: string, template: IssuerTemplate): string | undefined {
  const { issuerFits, allow } = template
  if (issuerFits === undefined) return undefined
  const tenant = findTenant(issuer, templatePatterns(template))
  if (tenant === undefined) {
    return 'does not match issuerTemplate.pattern; do not change it, but give the preset another tenant or cloud'
  }
  return issuerFits === 'tenant' && typeof allow !== 'function' && !allow.includes(tenant)
    ? 'names a tenant that issuerTemplate.allow does not contain; give the preset that tenant'
    : undefined
}

function patternProblem(pattern: string, allowHttp: boolean): string | undefined {
  return placeholderCount(pattern) === 1
    ? issuerProblem(fillTemplate(pattern, 'tenant'), allowHttp)
    : 'must contain exactly one placeholder, such as {tenantid}'
}

/** Reports issuers of two servers: the keys and rules for their tokens would be undefined. */
function checkOverlaps(
  servers: readonly (AuthorizationServerOptions | undefined)[],
  report: Report,
): void {
  for (const [index, server] of servers.entries()) {
    const earlier = servers
      .slice(0, index)
      .findIndex((each) => each !== undefined && server !== undefined && overlap(each, server))
    if (earlier < 0) continue
    const message = `accepts an issuer that authorizationServers[${earlier}] also accepts; configure each issuer once`
    report(`authorizationServers[${index}]`, message)
  }
}

function overlap(one: AuthorizationServerOptions, other: AuthorizationServerOptions): boolean {
  return (
    exactIssuers(one).some(createIssuerMatcher(other)) ||
    exactIssuers(other).some(createIssuerMatcher(one)) ||
    patternsOf(one).some((pattern) =>
      patternsOf(other).some((each) => patternsOverlap(pattern, each)),
    )
  )
}

function exactIssuers({ issuer, tokenIssuers }: AuthorizationServerOptions): readonly string[] {
  return [issuer, ...(tokenIssuers ?? [])]
}

/** Valid patterns; `checkTemplate` reports the others. */
function patternsOf({ issuerTemplate }: AuthorizationServerOptions): readonly string[] {
  return templatePatterns(issuerTemplate).filter((pattern) => placeholderCount(pattern) === 1)
}
