/**
 * Checks the claims of an opaque token: those of an introspection response (RFC 7662), or those that
 * the application returned. The rules are those for a JWT's claims. Pure: the clock is an argument.
 */

import type { RejectionReason } from '../contract/rejection-reason.ts'
import type { IssuerMatch, IssuerMatcher } from '../identifiers/issuer-matcher.ts'
import { type AudiencePolicy, audienceRejection, matchAudience } from '../jwt/audience.ts'
import { issuerRejection } from '../jwt/issuer-rejection.ts'
import { checkTimes, type TimePolicy } from '../jwt/times.ts'
import { isOtherTokenType } from '../jwt/token-type.ts'
import { isObject, type JsonObject } from '../lib/json.ts'
import { ownMember, ownMembers } from '../lib/own-members.ts'
import { fail, type Result, succeed } from '../lib/result.ts'

/** The rules for the claims of one server's opaque tokens. */
export interface ClaimRules {
  /** The configured issuer, which applies where the claims have no `iss`. */
  readonly issuer: string
  readonly matches: IssuerMatcher
  /** Whether several tenants share the server; `iss` is then required. */
  readonly hasTenants: boolean
  readonly audience: AudiencePolicy
  readonly times: TimePolicy
}

/** The issuer and the audiences of accepted claims. */
interface CheckedClaims {
  readonly issuer: string
  readonly match: IssuerMatch
  readonly audience: readonly string[]
}

/** RFC 6749 §7.1: the supported types of access token. */
const SUPPORTED_TYPES = ['bearer', 'dpop']

/**
 * Checks the claims of an active token.
 *
 * Checks: `iss` if present, `token_type` and `token_usage` if present, `exp`, `nbf`, `iat`, `aud`, and that no claim
 * belongs to another type of token.
 *
 * Does not check: `active`, tenants, scopes, `cnf` beyond its agreement with `token_type`.
 *
 * Fails with `token_issuer`, `token_type`, `token_claims`, `token_expired`, `token_not_yet_valid` or
 * `token_audience`.
 */
export function checkClaims(
  claims: JsonObject,
  rules: ClaimRules,
  now: number,
): Result<CheckedClaims, RejectionReason> {
  const named = findIssuer(claims['iss'], rules)
  if (named === undefined) return fail(issuerRejection(claims))
  if (!hasSupportedType(claims)) return fail({ code: 'token_type' })
  const reason = checkTimes(claims, rules.times, now)
  if (reason !== undefined) return fail(reason)
  const match = matchAudience(claims, rules.audience)
  if ((claims['events'] ?? undefined) !== undefined) return fail({ code: 'token_type' })
  if (isOtherTokenType(withCommonUse(claims), match.matched === rules.audience.resource)) {
    return fail({ code: 'token_type' })
  }
  return match.isAccepted
    ? succeed({ ...named, audience: match.audience })
    : fail(audienceRejection(rules.audience, match.audience))
}

/** RFC 7662 §2.2: `iss` is optional. It is required here where it alone identifies the tenant. */
function findIssuer(
  iss: unknown,
  { issuer, matches, hasTenants }: ClaimRules,
): { readonly issuer: string; readonly match: IssuerMatch } | undefined {
  if (iss === undefined && !hasTenants) return { issuer, match: { tenant: undefined } }
  const match = typeof iss === 'string' ? matches(iss) : undefined
  return match === undefined ? undefined : { issuer: iss as string, match }
}

/**
 * Refresh tokens are active, too (RFC 7662 §2.1). The type DPoP requires a `cnf.jkt`, and a `cnf.jkt`
 * requires the type DPoP (RFC 9449 §6.2).
 */
function hasSupportedType(claims: JsonObject): boolean {
  const { token_type: type, cnf } = claims
  if (type === undefined) return true
  if (typeof type !== 'string' || !SUPPORTED_TYPES.includes(type.toLowerCase())) return false
  const isKeyBound = isObject(cnf) && ownMember(cnf, 'jkt') !== undefined
  return isKeyBound === (type.toLowerCase() === 'dpop')
}

/**
 * In introspection responses, Hydra writes `access_token` where other servers write `access`. OpenIddict names the
 * use in a member of its own, and sends no `token_type` for refresh tokens. It may be a URN (RFC 8693 §3). Elsewhere a
 * member of this name may be anything, such as a count.
 */
function withCommonUse(claims: JsonObject): JsonObject {
  const { token_use: own, token_usage: usage } = claims
  const isUse = typeof usage === 'string' && /_(?:token|code)$/.test(usage)
  const use = own ?? (isUse ? usage : undefined)
  const isAccess = typeof use === 'string' && use.endsWith('access_token')
  return ownMembers({ ...claims, token_use: isAccess ? 'access' : use })
}
