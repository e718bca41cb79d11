/** Matches the issuers of tokens with a server: exact strings, or one tenant of a template. */

import type {
  AuthorizationServerOptions,
  IssuerTemplate,
} from '../contract/authorization-server-options.ts'
import { dropPromise } from '../lib/promise.ts'
import { toList } from '../lib/to-list.ts'
import { findTenant } from './issuer-template.ts'

/** The result of a match. */
export interface IssuerMatch {
  /** The tenant, if the issuer matches a template. */
  readonly tenant: string | undefined
}

/** Returns the match of an issuer, or `undefined`. */
export type IssuerMatcher = (issuer: string) => IssuerMatch | undefined

const EXACT: IssuerMatch = { tenant: undefined }

/** Creates the matcher of one server. Strings are compared character by character (RFC 8414 §4). */
export function createIssuerMatcher(
  options: Pick<AuthorizationServerOptions, 'issuer' | 'tokenIssuers' | 'issuerTemplate'>,
): IssuerMatcher {
  const exact = new Set([options.issuer, ...(options.tokenIssuers ?? [])])
  const patterns = templatePatterns(options.issuerTemplate)
  return (issuer) => {
    if (exact.has(issuer)) return EXACT
    const tenant = findTenant(issuer, patterns)
    return tenant === undefined ? undefined : { tenant }
  }
}

/** The patterns of a template as a list. */
export function templatePatterns(template: IssuerTemplate | undefined): readonly string[] {
  return template === undefined ? [] : toList(template.pattern)
}

/**
 * Whether a tenant is accepted. Called after the signature was verified.
 *
 * @throws {TypeError} If `allow` does not return a boolean; a promise is not a boolean.
 */
export function isTenantAllowed(tenant: string, template: IssuerTemplate): boolean {
  const { allow } = template
  if (typeof allow !== 'function') return allow.includes(tenant)
  const result: unknown = allow(tenant)
  if (typeof result === 'boolean') return result
  dropPromise(result)
  throw new TypeError('issuerTemplate.allow must return true or false.')
}

/**
 * Whether the tenant claim of a token equals the tenant in its issuer, and a list of tenants contains it. Needs no key:
 * a token of another tenant is invalid with any signature. A function `allow` is called by {@link checkTenant}.
 */
export function fitsTemplate(
  claims: Readonly<Record<string, unknown>>,
  match: IssuerMatch,
  template: IssuerTemplate | undefined,
): boolean {
  if (match.tenant === undefined || template === undefined) return true
  if (claims[template.claim] !== match.tenant) return false
  return typeof template.allow === 'function' || template.allow.includes(match.tenant)
}

/** The error code for a tenant that is not accepted. Called after the token was verified. */
export function checkTenant(
  match: IssuerMatch,
  template: IssuerTemplate | undefined,
): 'token_issuer' | 'internal' | undefined {
  if (match.tenant === undefined || template === undefined) return undefined
  try {
    return isTenantAllowed(match.tenant, template) ? undefined : 'token_issuer'
  } catch {
    return 'internal'
  }
}
