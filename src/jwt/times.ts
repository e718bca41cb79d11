/** The times of a token: `exp`, `nbf` and `iat` (RFC 7519 §4.1.4–§4.1.6). The clock is an argument. */

import type { RejectionReason } from '../contract/rejection-reason.ts'
import { isFiniteNumber, type JsonObject } from '../lib/json.ts'

/** The period in which a token is accepted. */
export interface TimePolicy {
  readonly toleranceSeconds: number
  /** The longest time since `iat`. */
  readonly maxAgeSeconds: number | undefined
}

/**
 * Checks the times of a token. `exp` is required. `nbf` and `iat` are optional, but must be numbers;
 * `iat` is required where a maximum age is configured.
 *
 * Fails with `token_claims`, `token_expired` or `token_not_yet_valid`.
 */
export function checkTimes(
  { exp, nbf = 0, iat }: JsonObject,
  policy: TimePolicy,
  now: number,
): RejectionReason | undefined {
  if (!isFiniteNumber(exp)) return { code: 'token_claims', claim: 'exp' }
  if (!isFiniteNumber(nbf)) return { code: 'token_claims', claim: 'nbf' }
  if (iat !== undefined && !isFiniteNumber(iat)) return { code: 'token_claims', claim: 'iat' }
  if (exp <= now - policy.toleranceSeconds) return { code: 'token_expired' }
  if (nbf > now + policy.toleranceSeconds) return { code: 'token_not_yet_valid' }
  return policy.maxAgeSeconds === undefined
    ? undefined
    : checkAge(iat, policy.maxAgeSeconds, policy.toleranceSeconds, now)
}

/**
 * Whether the time lies between `nbf` and `exp` of a JWT that needs neither, such as a DPoP proof. One that is there
 * must hold for every JWT (RFC 7519 §4.1.4, §4.1.5).
 */
export function isInForce(claims: JsonObject, now: number, toleranceSeconds: number): boolean {
  const { exp = now + 1, nbf } = claims
  return checkTimes({ exp, nbf }, { toleranceSeconds, maxAgeSeconds: undefined }, now) === undefined
}

function checkAge(
  iat: unknown,
  maxAgeSeconds: number,
  toleranceSeconds: number,
  now: number,
): RejectionReason | undefined {
  if (!isFiniteNumber(iat)) return { code: 'token_claims', claim: 'iat' }
  // An `iat` in the future would extend the time for which the token is accepted.
  if (iat > now + toleranceSeconds) return { code: 'token_not_yet_valid' }
  return iat + maxAgeSeconds <= now - toleranceSeconds ? { code: 'token_expired' } : undefined
}
