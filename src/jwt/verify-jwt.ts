/**
 * Verifies JWT access tokens (RFC 9068 §4, RFC 8725). The checks that need no key come first, so that
 * an invalid token costs neither a signature nor a fetch.
 */

import type { VerificationKey } from '../authorization-server/key-set.ts'
import type { KeySource } from '../authorization-server/key-source.ts'
import { type KeyQuery, UNVERIFIABLE } from '../authorization-server/select-keys.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import { hasSignatureLength } from '../crypto/signature-length.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import type { JsonObject } from '../lib/json.ts'
import { isPromise } from '../lib/promise.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import {
  type AudienceMatch,
  type AudiencePolicy,
  audienceRejection,
  matchAudience,
} from './audience.ts'
import type { CompactJwt } from './compact-jwt.ts'
import { hasExtension, hasValidKeyId } from './header.ts'
import type { TokenProfile } from './read-claims.ts'
import { algorithmRejection, typeRejection } from './registered-names.ts'
import { missingClaim, missingProfileClaim } from './required-claims.ts'
import { checkTimes, type TimePolicy } from './times.ts'
import {
  type AccessTokenEvidence,
  hasAccessTokenClaims,
  isAccessTokenType,
  isEventToken,
  isOtherTokenType,
} from './token-type.ts'

/** The rules for the JWTs of one server. */
export interface JwtRules {
  readonly profile: TokenProfile
  readonly algorithms: ReadonlySet<string>
  readonly requiredClaims: readonly string[]
  readonly evidence: AccessTokenEvidence
  readonly audience: AudiencePolicy
  readonly times: TimePolicy
}

/**
 * Checks everything about a JWT that needs no key. Its `iss` has been matched with a server before.
 *
 * Checks, in this order: `typ`, `alg` against the allow-list, `crit`, `kid`; the absence of `events`;
 * `exp`, `nbf`, `iat`; required claims; the token type by its claims; `aud`. With `reportsAudience`
 * a token for another audience passes: the caller rejects it after its signature was verified, with
 * {@link audienceRejection}.
 *
 * Does not check: the signature, see {@link verifySignature}; until then nothing in the token is
 * trusted. Neither `iss`, tenants, scopes nor `cnf`.
 *
 * Fails with
 * - `token_type`, `token_algorithm`, `token_malformed`, `token_key` — by its header
 * - `token_type`, `token_expired`, `token_not_yet_valid`, `token_claims`, `token_audience` — by its
 *   claims
 */
export function checkJwt(
  { header, claims }: CompactJwt,
  rules: JwtRules,
  now: number,
  reportsAudience: boolean,
): Result<AudienceMatch, RejectionReason> {
  const reason =
    checkHeader(header, rules) ??
    (isEventToken(claims) ? OTHER_TYPE : undefined) ??
    checkTimes(claims, rules.times, now) ??
    checkRequiredClaims(claims, rules)
  if (reason !== undefined) return fail(reason)
  const match = matchAudience(claims, rules.audience)
  const namesResource = match.matched === rules.audience.resource
  if (rules.profile === 'standard') {
    const isOtherType =
      isOtherTokenType(claims, namesResource) ||
      // For a token with another audience, `token_audience` is the more specific code.
      (match.isAccepted && !namesResource && !hasAccessTokenClaims(claims, rules.evidence))
    if (isOtherType) return fail(OTHER_TYPE)
  }
  return match.isAccepted || reportsAudience
    ? succeed(match)
    : fail(audienceRejection(rules.audience))
}

const OTHER_TYPE: RejectionReason = { code: 'token_type' }

/**
 * Finds the key that signed a JWT of any type. The caller has checked that `alg` is an allowed
 * string, `kid` a string or absent, and `iss` an issuer of the server.
 *
 * Fails with `token_key`, `token_signature` or `unavailable`.
 */
export async function verifySignature(
  token: string,
  { header, claims }: CompactJwt,
  keys: KeySource,
  budget: RequestBudget,
): Promise<Result<VerificationKey, RejectionReason>> {
  const { arrivedAt, copyThen } = keys.arrival()
  const algorithm = header['alg'] as string
  const kid = header['kid'] as string | undefined
  const query: KeyQuery = { algorithm, kid, issuer: claims['iss'] as string, arrivedAt, copyThen }
  const finding = keys.find(query, budget)
  let found = isPromise(finding) ? await finding : finding
  const tried: VerificationKey[] = []
  for (let round = 1; found.ok; round++) {
    let isConclusive = true
    for (const candidate of found.value) {
      const imported = candidate.imported.get(algorithm)
      const verify = imported ?? (await keys.importKey(candidate, algorithm))
      const verifying = verify?.(token)
      if (verifying === undefined) isConclusive = false
      // Not `await` of a boolean, which takes as long as that of a promise.
      else if (isPromise(verifying) ? await verifying : verifying) return succeed(candidate)
    }
    if (!isConclusive) return UNVERIFIABLE
    // A signature of the wrong length is invalid under every key: no fetch for it.
    if (round === MAX_ROUNDS || !hasSignatureLength(token, algorithm)) return NOT_SIGNED
    tried.push(...found.value)
    found = await keys.findOthers(query, tried, budget)
    if (!found.ok && found.error.code !== 'unavailable') return NOT_SIGNED
  }
  return found
}

/** Of at most 16 keys each: those of the set at hand, and of a set that was fetched since. */
const MAX_ROUNDS = 4

function checkHeader(header: JsonObject, rules: JwtRules): RejectionReason | undefined {
  const { typ, alg } = header
  if (!isAccessTokenType(typ, rules.profile)) return typeRejection(typ, rules.profile)
  if (typeof alg !== 'string' || !rules.algorithms.has(alg)) {
    return algorithmRejection(alg, rules.algorithms)
  }
  if (hasExtension(header)) return { code: 'token_malformed' }
  return hasValidKeyId(header) ? undefined : { code: 'token_key' }
}

function checkRequiredClaims(
  claims: JsonObject,
  { profile, requiredClaims }: JwtRules,
): RejectionReason | undefined {
  const claim =
    (profile === 'rfc9068' ? missingProfileClaim(claims) : undefined) ??
    missingClaim(claims, requiredClaims)
  return claim === undefined ? undefined : { code: 'token_claims', claim }
}

const NOT_SIGNED = /* @__PURE__ */ fail<RejectionReason>({ code: 'token_signature' })
