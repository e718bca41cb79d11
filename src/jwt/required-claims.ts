/** The claims that a token must have. */

import { isFiniteNumber, type JsonObject } from '../lib/json.ts'
import { ownClaim, textClaim } from './read-claims.ts'

const PROFILE_TEXTS = ['iss', 'sub', 'client_id', 'jti']

/**
 * The first claim, besides `exp` and `aud`, that RFC 9068 §2.2 requires and the token does not have
 * with the right type.
 */
export function missingProfileClaim(claims: JsonObject): string | undefined {
  const missing = PROFILE_TEXTS.find((name) => textClaim(claims, name) === undefined)
  return missing ?? (isFiniteNumber(claims['iat']) ? undefined : 'iat')
}

/** The first of these claims that the token does not have. `null` and blank strings count as absent. */
export function missingClaim(claims: JsonObject, names: readonly string[]): string | undefined {
  return names.find((name) => {
    const value = ownClaim(claims, name)
    return typeof value === 'string' ? textClaim(claims, name) === undefined : value === undefined
  })
}
