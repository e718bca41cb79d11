/**
 * JWT access tokens (RFC 9068 §4, RFC 8725): everything about them but where their keys come from.
 * What can be refused without a key is refused first, since an attacker's garbage should cost
 * neither a signature nor a fetch.
 */

import { type KeyQuery, type KeySource, UNVERIFIABLE } from '../authorization-server/jwks.ts'
import type { VerificationKey } from '../authorization-server/key-set.ts'
import type { AuthErrorCode, RejectionReason } from '../contract/errors.ts'
import { hasSignatureLength, isSignedBy } from '../crypto/verify-signature.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import type { JsonObject } from '../lib/json.ts'
import { fail, isResult, type Result, succeed } from '../lib/result.ts'
import type { CompactJwt } from './compact-jwt.ts'
import {
  type AccessTokenSigns,
  type AudiencePolicy,
  checkTimes,
  hasClaims,
  hasProfileClaims,
  isAccessTokenType,
  isEventToken,
  isKnownAccessToken,
  isOtherKindOfToken,
  type JudgedAudience,
  judgeAudience,
  missingClaim,
  missingProfileClaim,
  type TimePolicy,
  type TokenProfile,
  timeAtFault,
} from './read-claims.ts'
import { algorithmRejection, typeRejection } from './registered-names.ts'

/** What a server's JWTs must be like to be let in here. */
export interface JwtRules {
  readonly profile: TokenProfile
  readonly algorithms: ReadonlySet<string>
  readonly requiredClaims: readonly string[]
  readonly signs: AccessTokenSigns
  readonly audience: AudiencePolicy
  readonly times: TimePolicy
}

type Verdict<Value> = Result<Value, RejectionReason>

/** Longer names are no key's; they would only fill caches and logs. */
const MAX_KID_LENGTH = 256

/**
 * Judges a JWT, whose `iss` was found to be one of this server's, by what it says: all that can be
 * refused without a key.
 *
 * Checks, in this order: `typ`, `alg` against the allow-list, `crit`, `kid`; that there are no
 * `events`; `exp`, `nbf`, `iat`; the claims its profile demands, and that it is no other kind of token; `aud`, unless
 * `reportsAudience`: then a token for somebody else is for the caller to refuse
 * ({@link audienceRejection}), once its signature held.
 *
 * Does not check: the signature ({@link verifySignature}), and nothing of a JWT is believed before
 * that; `iss`, tenants, scopes, `cnf`.
 *
 * Fails with
 * - `token_type`, `token_algorithm`, `token_malformed`, `token_key` — by its header
 * - `token_expired`, `token_not_yet_valid`, `token_claims`, `token_audience` — by its claims
 */
export function checkJwt(
  { header, claims }: CompactJwt,
  rules: JwtRules,
  now: number,
  reportsAudience: boolean,
): Verdict<JudgedAudience> {
  const problem =
    checkHeader(header, rules) ??
    (isEventToken(claims) ? 'token_type' : undefined) ??
    checkTimes(claims, rules.times, now) ??
    checkClaims(claims, rules)
  if (problem !== undefined) return fail(explain(problem, header, claims, rules))
  const judged = judgeAudience(claims, rules.audience)
  const namesUs = judged.matched === rules.audience.resource
  if (rules.profile === 'standard') {
    const isOther =
      isOtherKindOfToken(claims, namesUs) ||
      // A token for another audience is rejected for that, which says more.
      (judged.isAccepted && !namesUs && !isKnownAccessToken(claims, rules.signs))
    if (isOther) return fail({ code: 'token_type' })
  }
  return judged.isAccepted || reportsAudience ? succeed(judged) : fail(audienceRejection(rules))
}

/** The refusal of a token for somebody else; with its audience once that is known to be genuine. */
export function audienceRejection(
  { audience }: JwtRules,
  judged?: JudgedAudience,
): RejectionReason {
  return { code: 'token_audience', expected: audience.accepted, received: judged?.audience }
}

function checkHeader(header: JsonObject, rules: JwtRules): AuthErrorCode | undefined {
  const { typ, alg, kid } = header
  if (!isAccessTokenType(typ, rules.profile)) return 'token_type'
  if (typeof alg !== 'string' || !rules.algorithms.has(alg)) return 'token_algorithm'
  // RFC 7515 §4.1.11: we implement no extension, so whatever is critical is not understood.
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) return 'token_malformed'
  if (kid === undefined) return undefined
  if (typeof kid !== 'string' || kid.length > MAX_KID_LENGTH) return 'token_key'
  return undefined
}

function checkClaims(claims: JsonObject, rules: JwtRules): AuthErrorCode | undefined {
  if (rules.profile === 'rfc9068' && !hasProfileClaims(claims)) return 'token_claims'
  return hasClaims(claims, rules.requiredClaims) ? undefined : 'token_claims'
}

function claimAtFault(claims: JsonObject, rules: JwtRules): string | undefined {
  const missing = rules.profile === 'rfc9068' ? missingProfileClaim(claims) : undefined
  return timeAtFault(claims, rules.times) ?? missing ?? missingClaim(claims, rules.requiredClaims)
}

/** The refusal with what events say of it, besides the code. */
function explain(
  code: AuthErrorCode,
  { typ, alg }: JsonObject,
  claims: JsonObject,
  rules: JwtRules,
): RejectionReason {
  switch (code) {
    case 'token_type':
      // Another kind of token may also be known by its claims.
      return isAccessTokenType(typ, rules.profile) ? { code } : typeRejection(typ, rules.profile)
    case 'token_algorithm':
      return algorithmRejection(alg, rules.algorithms)
    case 'token_claims':
      return { code, claim: claimAtFault(claims, rules) }
    default:
      return { code }
  }
}

/**
 * Finds the key that signed a JWT, whatever kind of JWT it is. Its `alg` must be a string that was
 * allowed, its `kid` a string or absent, its `iss` one of the server's.
 *
 * Fails with `token_key`, `token_signature` or `unavailable`.
 */
export async function verifySignature(
  token: string,
  { header, claims }: CompactJwt,
  keys: KeySource,
  budget: RequestBudget,
): Promise<Verdict<VerificationKey>> {
  const query: KeyQuery = {
    algorithm: header['alg'] as string,
    kid: header['kid'] as string | undefined,
    issuer: claims['iss'] as string,
    arrivedAt: keys.now(),
  }
  const finding = keys.find(query, budget)
  const found = isResult(finding) ? finding : await finding
  if (!found.ok) return found
  const signer = await findSigner(token, query, found.value, keys)
  if (signer !== NOT_SIGNED) return signer
  // Before an invented signature costs a fetch, it has to look like one.
  if (!hasSignatureLength(token, query.algorithm)) return NOT_SIGNED
  const others = await keys.findOthers(query, found.value, budget)
  if (others.ok) return findSigner(token, query, others.value, keys)
  return others.error.code === 'unavailable' ? others : NOT_SIGNED
}

const NOT_SIGNED = fail<RejectionReason>({ code: 'token_signature' })

async function findSigner(
  token: string,
  { algorithm }: KeyQuery,
  candidates: readonly VerificationKey[],
  keys: KeySource,
): Promise<Verdict<VerificationKey>> {
  let isDecided = true
  for (const candidate of candidates) {
    const key = candidate.imported.get(algorithm) ?? (await keys.importKey(candidate, algorithm))
    if (key === undefined) isDecided = false
    else if (await isSignedBy(token, key, algorithm)) return succeed(candidate)
  }
  return isDecided ? NOT_SIGNED : UNVERIFIABLE
}
