/** Which issuers of tokens belong to a server: exact strings, or one tenant of a template. */

import type {
  AuthorizationServerOptions,
  IssuerTemplate,
} from '../contract/authorization-server-options.ts'
import { dropPromise } from '../lib/promise.ts'
import { tenantOf } from './issuer-template.ts'

export interface IssuerMatch {
  /** The tenant, where the issuer came from a template. */
  readonly tenant: string | undefined
}

export type IssuerMatcher = (issuer: string) => IssuerMatch | undefined

const EXACT: IssuerMatch = { tenant: undefined }

/** Prepares the comparison for one server. Strings are equal or they are not (RFC 8414 §4). */
export function createIssuerMatcher(
  options: Pick<AuthorizationServerOptions, 'issuer' | 'tokenIssuers' | 'issuerTemplate'>,
): IssuerMatcher {
  const exact = new Set([options.issuer, ...(options.tokenIssuers ?? [])])
  const patterns = templatePatterns(options.issuerTemplate)
  return (issuer) => {
    if (exact.has(issuer)) return EXACT
    for (const pattern of patterns) {
      const tenant = tenantOf(issuer, pattern)
      if (tenant !== undefined) return { tenant }
    }
    return undefined
  }
}

export function templatePatterns(template: IssuerTemplate | undefined): readonly string[] {
  if (template === undefined) return []
  return typeof template.pattern === 'string' ? [template.pattern] : template.pattern
}

/**
 * Whether a tenant is let in. Asked only once the signature held.
 *
 * @throws {TypeError} If `allow` answers with anything but yes or no, a promise included.
 */
export function isTenantAllowed(tenant: string, template: IssuerTemplate): boolean {
  const { allow } = template
  if (typeof allow !== 'function') return allow.includes(tenant)
  const answer: unknown = allow(tenant)
  if (typeof answer === 'boolean') return answer
  dropPromise(answer)
  throw new TypeError('issuerTemplate.allow must return true or false.')
}

/** A token of a template's issuer must repeat the tenant in its own claim. */
export function claimsTenant(
  claims: Readonly<Record<string, unknown>>,
  match: IssuerMatch,
  template: IssuerTemplate | undefined,
): boolean {
  if (match.tenant === undefined || template === undefined) return true
  return claims[template.claim] === match.tenant
}

/** Whether a tenant is let in; `undefined` if so. Asked only once the token is known to be genuine. */
export function judgeTenant(
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
