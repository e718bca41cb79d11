/**
 * Distinguishes access tokens from the other JWTs that a server signs with the same keys: ID tokens,
 * logout tokens, introspection and authorization responses (RFC 8725 §3.11, §3.12).
 */

import type { ClaimNames } from '../contract/authorization-server-options.ts'
import { isTextList, type JsonObject } from '../lib/json.ts'
import { toList } from '../lib/to-list.ts'
import {
  CLIENT_ID_CLAIMS,
  ownClaim,
  SCOPE_CLAIMS,
  type TokenProfile,
  textClaim,
} from './read-claims.ts'

/** The claims that show that a JWT is an access token. */
export interface AccessTokenEvidence {
  /** The claims in which the server puts scopes and the client id. */
  readonly names: ClaimNames | undefined
  /** Whether `requiredClaims` replaces this check. */
  readonly isReplaced: boolean
}

/** The `typ` values of each profile (RFC 9068 §4). `standard` also accepts a token without `typ`. */
export const ACCEPTED_TYPES: Readonly<Record<TokenProfile, readonly string[]>> = {
  standard: ['at+jwt', 'JWT'],
  rfc9068: ['at+jwt'],
}
/**
 * Claims of other JWTs: hashes of what was issued with an ID token (OpenID Connect Core §3.1.3.6,
 * §3.3.2.11; FAPI 1.0 §5.1), and the token that a signed introspection response is about (RFC 9701 §5).
 */
const OTHER_CLAIMS = ['at_hash', 'c_hash', 's_hash', 'token_introspection']
/** The members that a JWT-secured authorization response has beside `state` (JARM §2.1). */
const AUTHORIZATION_RESPONSE = ['code', 'error', 'access_token', 'id_token']
/** The claims in which servers name the type: Keycloak, Flask-JWT-Extended and MCP-Nest, Simple JWT. */
const TYPE_CLAIMS = ['typ', 'type', 'token_type']
/** Their values in other tokens. Pocket ID before 2.0 wrote `refresh-token` and `id-token`. */
const OTHER_TYPES =
  /^((id|refresh)([-_]token)?|offline|logout|serialized-id|(initial|registration)accesstoken)$/

/** Whether the `typ` of a JWT header is one of an access token (RFC 9068 §4). */
export function isAccessTokenType(typ: unknown, profile: TokenProfile): boolean {
  if (typ === undefined) return profile === 'standard'
  const type = normalizeType(typ)
  return ACCEPTED_TYPES[profile].some((each) => each.toLowerCase() === type)
}

/** A `typ` in lower case without `application/` (RFC 7515 §4.1.9); `''` if it is not a string. */
export function normalizeType(typ: unknown): string {
  return typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : ''
}

/**
 * Whether the claims report an event. A security event token, such as a logout token, is never an
 * access token, whatever its `typ` (RFC 8417 §2.2, OpenID Connect Back-Channel Logout §2.4).
 */
export function isEventToken(claims: JsonObject): boolean {
  return Object.hasOwn(claims, 'events')
}

/**
 * Whether a token is of another type than an access token, by its claims: `token_use`, `tokenType`, `typ`,
 * `type` and `token_type`, the claims of ID tokens, of introspection and of authorization responses. `nonce` counts
 * unless the token names the resource itself: any other audience could be a client's (RFC 8725 §3.12).
 */
export function isOtherTokenType(claims: JsonObject, namesResource: boolean): boolean {
  const has = (name: string): boolean => claims[name] !== undefined
  if (has('token_use') && claims['token_use'] !== 'access') return true
  if (has('tokenType') && claims['tokenType'] !== 'access-token') return true
  if (TYPE_CLAIMS.some((name) => OTHER_TYPES.test(normalizeType(claims[name])))) return true
  if (OTHER_CLAIMS.some(has)) return true
  if (has('state') && AUTHORIZATION_RESPONSE.some(has)) return true
  return !namesResource && has('nonce')
}

/**
 * Whether a token whose audience may be a client has a claim that the ID tokens of the code flow do
 * not have: scopes, a client id or a `jti`.
 */
export function hasAccessTokenClaims(
  claims: JsonObject,
  { names, isReplaced }: AccessTokenEvidence,
): boolean {
  if (isReplaced || textClaim(claims, 'jti') !== undefined) return true
  const clients = toList(names?.clientId ?? CLIENT_ID_CLAIMS)
  if (clients.some((name) => textClaim(claims, name) !== undefined)) return true
  return toList(names?.scope ?? SCOPE_CLAIMS).some((name) => {
    const value = ownClaim(claims, name)
    return typeof value === 'string' || isTextList(value)
  })
}
