/** Verifies introspection responses that are signed JWTs (RFC 9701). */

import type { KeySource } from '../authorization-server/key-source.ts'
import type { UpstreamError } from '../contract/errors.ts'
import { isSupportedAlgorithm } from '../crypto/algorithms.ts'
import { invalidDocument } from '../documents/bounded-fetch.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import { type AudiencePolicy, matchAudience } from '../jwt/audience.ts'
import { type CompactJwt, parseCompactJwt } from '../jwt/compact-jwt.ts'
import { hasExtension, hasValidKeyId } from '../jwt/header.ts'
import { isInForce } from '../jwt/times.ts'
import { normalizeType } from '../jwt/token-type.ts'
import { verifySignature } from '../jwt/verify-jwt.ts'
import { isObject, type JsonObject } from '../lib/json.ts'
import { ownMembers, withoutNulls } from '../lib/own-members.ts'
import { type Result, succeed } from '../lib/result.ts'

/** The rules for a signed response. */
export interface SignedResponseRules {
  readonly issuer: string
  /** The client id of the introspection request. */
  readonly clientId: string
  /** The audiences of a token: the response may be addressed to them as well. */
  readonly audience: AudiencePolicy
  readonly toleranceSeconds: number
}

/** The values that the verification of one response depends on. */
interface SignedResponseDependencies {
  readonly url: string
  readonly keys: KeySource
  readonly now: number
  readonly budget: RequestBudget
}

/** The media type of signed responses (RFC 9701 §5). */
export const SIGNED_RESPONSE_TYPE = 'application/token-introspection+jwt'

/** A response is made for its request. An older one is a replay. */
const MAX_AGE_SECONDS = 300

/**
 * Verifies a signed response and gives its `token_introspection`.
 *
 * Checks, in this order (RFC 9701 §5): `typ`, `alg`, `crit`; `iss`, `aud`, `iat`, `exp` and `nbf` if
 * present; that there is a `token_introspection`; the signature, with the server's published keys.
 * An `aud` that contains the audience of the token is accepted, too (Glewlwyd): the audience itself
 * is checked as in an unsigned response.
 *
 * Does not check: the token. Members beside `token_introspection` are not read.
 *
 * Fails with an `UpstreamError`, `invalid_document`: an invalid response is a failure of the server.
 */
export async function verifySignedResponse(
  text: string,
  rules: SignedResponseRules,
  { url, keys, now, budget }: SignedResponseDependencies,
): Promise<Result<JsonObject, UpstreamError>> {
  const jwt = parseCompactJwt(text.trim())
  if (jwt === undefined) return invalidDocument(url, 'it is not a JWT')
  const introspected = jwt.claims['token_introspection']
  const problem = headerProblem(jwt) ?? claimsProblem(jwt.claims, introspected, rules, now)
  if (problem !== undefined) return invalidDocument(url, problem)
  if (!isObject(introspected)) return invalidDocument(url, 'token_introspection is not an object')
  const verified = await verifySignature(text.trim(), jwt, keys, budget)
  if (verified.ok) return succeed(ownMembers(introspected))
  const { code, retryAfterSeconds } = verified.error
  return code === 'unavailable'
    ? invalidDocument(url, 'its key is unavailable', { retryAfterSeconds })
    : invalidDocument(url, 'its signature does not verify with a key of the issuer')
}

function headerProblem({ header }: CompactJwt): string | undefined {
  const { typ, alg } = header
  if (`application/${normalizeType(typ)}` !== SIGNED_RESPONSE_TYPE)
    return 'typ is not token-introspection+jwt'
  if (typeof alg !== 'string' || !isSupportedAlgorithm(alg)) return 'alg is not supported'
  if (hasExtension(header)) return 'it has a crit or b64 header'
  return hasValidKeyId(header) ? undefined : 'kid is not a key ID'
}

function claimsProblem(
  claims: JsonObject,
  introspected: unknown,
  { issuer, clientId, audience, toleranceSeconds }: SignedResponseRules,
  now: number,
): string | undefined {
  const { iss, aud, iat } = claims
  if (iss !== issuer) return 'iss is not the issuer'
  const ours = [clientId, audience.resource, ...audience.accepted]
  const theirs = isObject(introspected)
    ? matchAudience(withoutNulls(introspected), audience).audience
    : []
  const named = Array.isArray(aud) ? aud : [aud]
  if (![...ours, ...theirs].some((each) => named.includes(each))) return 'aud is not this resource'
  if (typeof iat !== 'number' || iat > now + toleranceSeconds)
    return 'iat is missing or in the future'
  if (iat < now - MAX_AGE_SECONDS - toleranceSeconds) return 'iat is too old'
  return isInForce(claims, now, toleranceSeconds)
    ? undefined
    : 'exp has passed, or nbf is in the future'
}
