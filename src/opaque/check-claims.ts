/**
 * What is said about a token that we cannot read ourselves: by the server that issued it (RFC 7662)
 * or by the application. Judged as a JWT's claims are. Pure: the clock is passed in.
 */

import type { RejectionReason } from '../contract/errors.ts'
import type { IssuerMatch, IssuerMatcher } from '../identifiers/issuer-matcher.ts'
import { type AudiencePolicy, matchAudience } from '../jwt/audience.ts'
import { checkTimes, type TimePolicy } from '../jwt/times.ts'
import { isOtherTokenType } from '../jwt/token-type.ts'
import { isObject, type JsonObject } from '../lib/json.ts'
import { ownMember, ownMembers } from '../lib/own-members.ts'
import { fail, type Result, succeed } from '../lib/result.ts'

/** What an answer must say to let a token in here. */
export interface ClaimRules {
  /** The server that was asked: whose token it is where the answer does not say. */
  readonly issuer: string
  readonly matches: IssuerMatcher
  /** Whether tenants share the server, so that every answer has to name its issuer. */
  readonly hasTenants: boolean
  readonly audience: AudiencePolicy
  readonly times: TimePolicy
}

export interface CheckedClaims {
  readonly issuer: string
  readonly match: IssuerMatch
  readonly audience: readonly string[]
}

/** RFC 6749 §7.1: the types of access tokens that can be presented here. */
const PRESENTABLE = ['bearer', 'dpop']

/**
 * Judges what was answered about a token that is said to be valid.
 *
 * Checks: `iss` where there is one, `token_type` where there is one, that it is no other kind of
 * token, `exp`, `nbf`, `iat`, `aud`.
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
  if (!isPresentable(claims)) return fail({ code: 'token_type' })
  const reason = checkTimes(claims, rules.times, now)
  if (reason !== undefined) return fail(reason)
  const judged = matchAudience(claims, rules.audience)
  if ((claims['events'] ?? undefined) !== undefined) return fail({ code: 'token_type' })
  if (isOtherTokenType(withCommonUse(claims), judged.matched === rules.audience.resource)) {
    return fail({ code: 'token_type' })
  }
  return judged.isAccepted
    ? succeed({ ...named, audience: judged.audience })
    : fail({
        code: 'token_audience',
        expected: rules.audience.accepted,
        received: judged.audience,
      })
}

/** The refusal of a token of another issuer, or of none: not in a hurry, so it names which. */
export function issuerRejection({ iss }: JsonObject): RejectionReason {
  return { code: 'token_issuer', received: typeof iss === 'string' ? [iss] : [] }
}

/** Without the members that are `null`: servers write it for what they do not know (RFC 7662 §2.2). */
export function withoutNulls(claims: JsonObject): JsonObject {
  return ownMembers(
    Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== null)),
  )
}

/** RFC 7662 §2.2: `iss` is optional, since we know whom we asked; but of a tenant it is all we know. */
function findIssuer(
  iss: unknown,
  { issuer, matches, hasTenants }: ClaimRules,
): { readonly issuer: string; readonly match: IssuerMatch } | undefined {
  if (iss === undefined && !hasTenants) return { issuer, match: { tenant: undefined } }
  const match = typeof iss === 'string' ? matches(iss) : undefined
  return match === undefined ? undefined : { issuer: iss as string, match }
}

/**
 * Refresh tokens are active too (RFC 7662 §2.1), and where the type says DPoP there must be a key
 * to prove, where there is a key the type must not say Bearer (RFC 9449 §6.2).
 */
function isPresentable(claims: JsonObject): boolean {
  const { token_type: type, cnf } = claims
  if (type === undefined) return true
  if (typeof type !== 'string' || !PRESENTABLE.includes(type.toLowerCase())) return false
  const isKeyBound = isObject(cnf) && ownMember(cnf, 'jkt') !== undefined
  return isKeyBound === (type.toLowerCase() === 'dpop')
}

/** Hydra's word in introspection answers for what others call `access`. */
function withCommonUse(claims: JsonObject): JsonObject {
  return claims['token_use'] === 'access_token'
    ? ownMembers({ ...claims, token_use: 'access' })
    : claims
}
