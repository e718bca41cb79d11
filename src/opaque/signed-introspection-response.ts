/** Introspection answers as JWTs (RFC 9701): signed by the server, for us, and for nothing else. */

import type { KeySource } from '../authorization-server/key-source.ts'
import { UpstreamError } from '../contract/errors.ts'
import { isSupportedAlgorithm } from '../crypto/algorithms.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import { type AudiencePolicy, matchAudience } from '../jwt/audience.ts'
import { type CompactJwt, parseCompactJwt } from '../jwt/compact-jwt.ts'
import { normalizeType } from '../jwt/token-type.ts'
import { verifySignature } from '../jwt/verify-jwt.ts'
import { isObject, type JsonObject } from '../lib/json.ts'
import { ownMembers } from '../lib/own-members.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { withoutNulls } from './check-claims.ts'

/** What a signed answer is held to. */
export interface SignedResponseRules {
  readonly issuer: string
  /** The client id that asked. */
  readonly clientId: string
  /** Which audiences a token may have: names of ours, too. */
  readonly audience: AudiencePolicy
  readonly toleranceSeconds: number
}

export interface SignedResponseDependencies {
  readonly url: string
  readonly keys: KeySource
  readonly now: number
  readonly budget: RequestBudget
}

export const SIGNED_RESPONSE_TYPE = 'application/token-introspection+jwt'

/** An answer was made for the question: one that is much older was kept by somebody. */
const MAX_AGE_SECONDS = 300

/**
 * Verifies a signed answer and takes what it says about the token out of it.
 *
 * Checks, in this order (RFC 9701 §5): `typ`, `alg`, `crit`; `iss`, `aud`, `iat`, `exp` where there
 * is one; that there is a `token_introspection`; the signature, with the server's published keys.
 * An `aud` that names the token's audience instead of us is accepted (Glewlwyd): whether a token for
 * that audience passes is decided as for an unsigned response.
 *
 * Does not check: anything about the token. Members beside `token_introspection` are not read.
 *
 * Fails with an `UpstreamError`, `invalid_document`: what is wrong is never the token's fault.
 */
export async function verifySignedResponse(
  text: string,
  rules: SignedResponseRules,
  { url, keys, now, budget }: SignedResponseDependencies,
): Promise<Result<JsonObject, UpstreamError>> {
  const jwt = parseCompactJwt(text.trim())
  if (jwt === undefined) return misfit(url, 'it is not a JWT')
  const answer = jwt.claims['token_introspection']
  const problem = headerProblem(jwt) ?? claimsProblem(jwt.claims, answer, rules, now)
  if (problem !== undefined) return misfit(url, problem)
  if (!isObject(answer)) return misfit(url, 'token_introspection is not an object')
  const verified = await verifySignature(text.trim(), jwt, keys, budget)
  if (verified.ok) return succeed(ownMembers(answer))
  const { code, retryAfterSeconds } = verified.error
  return code === 'unavailable'
    ? misfit(url, 'its key could not be had', retryAfterSeconds)
    : misfit(url, 'it is not signed with a key of the server')
}

function headerProblem({ header }: CompactJwt): string | undefined {
  const { typ, alg, kid } = header
  if (`application/${normalizeType(typ)}` !== SIGNED_RESPONSE_TYPE)
    return 'typ is not token-introspection+jwt'
  if (typeof alg !== 'string' || !isSupportedAlgorithm(alg)) return 'alg is not one of ours'
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) return 'it has extensions'
  return kid === undefined || typeof kid === 'string' ? undefined : 'kid is not a string'
}

function claimsProblem(
  { iss, aud, iat, exp }: JsonObject,
  answer: unknown,
  { issuer, clientId, audience, toleranceSeconds }: SignedResponseRules,
  now: number,
): string | undefined {
  if (iss !== issuer) return 'iss is not the issuer'
  const ours = [clientId, audience.resource, ...audience.accepted]
  const theirs = isObject(answer) ? matchAudience(withoutNulls(answer), audience).audience : []
  const named = Array.isArray(aud) ? aud : [aud]
  if (![...ours, ...theirs].some((each) => named.includes(each))) return 'aud does not name us'
  if (typeof iat !== 'number' || iat > now + toleranceSeconds) return 'iat is missing or to come'
  if (iat < now - MAX_AGE_SECONDS - toleranceSeconds) return 'iat is long ago'
  if (exp === undefined) return undefined
  return typeof exp === 'number' && exp > now - toleranceSeconds ? undefined : 'exp is over'
}

function misfit(
  url: string,
  what: string,
  retryAfterSeconds?: number,
): { readonly ok: false; readonly error: UpstreamError } {
  const message = `${url} does not fit: ${what}`
  return fail(new UpstreamError('invalid_document', url, { message, retryAfterSeconds }))
}
