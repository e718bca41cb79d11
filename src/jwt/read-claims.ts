/**
 * What the claims of an access token must say (RFC 9068 §4, RFC 7519 §4.1), whether they came from
 * a JWT, from introspection or from the application. Pure: the clock is passed in, and nothing here
 * knows whether the claims are to be believed.
 */

import type { AuthErrorCode } from '../contract/errors.ts'
import type { ClaimNames } from '../contract/options.ts'
import type { JsonObject } from '../lib/json.ts'
import { parseScope, unionOf } from '../scope/scope.ts'

export type TokenProfile = 'standard' | 'rfc9068'

/** Whose audience a token must have. */
export interface AudiencePolicy {
  readonly resource: string
  readonly accepted: readonly string[]
  readonly allowMissing: boolean
  /** A claim that stands for an absent `aud`. */
  readonly substitute: string | undefined
}

/** When a token counts. */
export interface TimePolicy {
  readonly toleranceSeconds: number
  readonly maxAgeSeconds: number | undefined
}

/** A token's audiences, and the one that let it in. */
export interface JudgedAudience {
  readonly audience: readonly string[]
  /** Which accepted value was found, the resource before others; `undefined` when none was needed. */
  readonly matched: string | undefined
  readonly isAccepted: boolean
}

/** By which claims a server's tokens are known to be access tokens. */
export interface AccessTokenSigns {
  /** Under which names the server keeps scopes and the client. */
  readonly names: ClaimNames | undefined
  /** Whether `requiredClaims` are given: then they decide, and no sign is needed. */
  readonly areReplaced: boolean
}

const ACCESS_TOKEN_TYPE = 'at+jwt'
/** Hashes of what an ID token was issued with (OpenID Connect Core §3.1.3.6, §3.3.2.11; FAPI 1.0 §5.1). */
const ID_TOKEN_HASHES = ['at_hash', 'c_hash', 's_hash']
/** What a JWT-secured authorization response has beside `state` (JARM §2.1). */
const AUTHORIZATION_RESPONSE = ['code', 'error', 'access_token', 'id_token']
/** What Keycloak writes into the `typ` claim of its other tokens. */
const OTHER_KINDS = [
  'id',
  'refresh',
  'offline',
  'logout',
  'serialized-id',
  'initialaccesstoken',
  'registrationaccesstoken',
]
const PROFILE_TEXTS = ['iss', 'sub', 'client_id', 'jti']
const DEFAULT_SCOPE_CLAIMS = ['scope', 'scp', 'scopes']
const DEFAULT_CLIENT_CLAIMS = ['client_id', 'azp', 'appid', 'cid']

/** RFC 9068 §4: `typ` as a media type; the standard profile also takes `JWT` and no `typ` at all. */
export function isAccessTokenType(typ: unknown, profile: TokenProfile): boolean {
  if (typ === undefined) return profile === 'standard'
  if (typeof typ !== 'string') return false
  const type = typ.toLowerCase().replace(/^application\//, '')
  return type === ACCESS_TOKEN_TYPE || (profile === 'standard' && type === 'jwt')
}

/** `exp` is required; `nbf` and `iat` only have to make sense (RFC 7519 §4.1.4–§4.1.6). */
export function checkTimes(
  claims: JsonObject,
  policy: TimePolicy,
  now: number,
): AuthErrorCode | undefined {
  const { exp, nbf, iat } = claims
  if (!isTime(exp) || !isOptionalTime(nbf) || !isOptionalTime(iat)) return 'token_claims'
  if (exp <= now - policy.toleranceSeconds) return 'token_expired'
  if (nbf !== undefined && nbf > now + policy.toleranceSeconds) return 'token_not_yet_valid'
  return policy.maxAgeSeconds === undefined
    ? undefined
    : checkAge(iat, policy.maxAgeSeconds, policy.toleranceSeconds, now)
}

/**
 * Whole-string equality with an accepted audience (RFC 7519 §4.1.3): no prefixes, no normalisation.
 * An `aud` that is neither a string nor a list of strings names nobody.
 */
export function judgeAudience(claims: JsonObject, policy: AudiencePolicy): JudgedAudience {
  const audience = audienceOf(claims, policy.substitute)
  if (audience === undefined) {
    return { audience: [], matched: undefined, isAccepted: policy.allowMissing }
  }
  // A token that names the resource itself is for nobody's client, whatever else it names.
  const preferred = policy.accepted.includes(policy.resource) ? [policy.resource] : []
  const matched = [...preferred, ...policy.accepted].find((each) => audience.includes(each))
  return { audience, matched, isAccepted: matched !== undefined }
}

/**
 * Whether the claims report an event: a security event token, such as a logout token, is never an
 * access token, whatever its `typ` (RFC 8417 §2.2, OpenID Connect Back-Channel Logout §2.4).
 */
export function isEventToken(claims: JsonObject): boolean {
  return Object.hasOwn(claims, 'events')
}

/**
 * Tells access tokens from the other JWTs that a server signs with the same keys: by what they say
 * of themselves, by the claims of ID tokens and authorization responses, and, where the audience is
 * not this resource's own identifier and could therefore be a client's, by `nonce` (RFC 8725 §3.12).
 */
export function isOtherKindOfToken(claims: JsonObject, matchedResource: boolean): boolean {
  const { token_use: use, typ, tokenType } = claims
  if (use !== undefined && use !== 'access') return true
  if (typeof typ === 'string' && OTHER_KINDS.includes(typ.toLowerCase())) return true
  if (tokenType !== undefined && tokenType !== 'access-token') return true
  const has = (name: string): boolean => claims[name] !== undefined
  if (ID_TOKEN_HASHES.some(has)) return true
  if (has('state') && AUTHORIZATION_RESPONSE.some(has)) return true
  return !matchedResource && has('nonce')
}

/**
 * Whether a token whose audience may be a client's has what access tokens have and the ID tokens of
 * the code flow do not: scopes, a client or a `jti`.
 */
export function isKnownAccessToken(
  claims: JsonObject,
  { names, areReplaced }: AccessTokenSigns,
): boolean {
  if (areReplaced || textIn(claims, 'jti') !== undefined) return true
  const clients = listOf(names?.clientId ?? DEFAULT_CLIENT_CLAIMS)
  if (clients.some((name) => textIn(claims, name) !== undefined)) return true
  return listOf(names?.scope ?? DEFAULT_SCOPE_CLAIMS).some((name) => {
    const value = claim(claims, name)
    return typeof value === 'string' || isTextList(value)
  })
}

/** The claim for which {@link checkTimes} says `token_claims`: for events, so never in a hurry. */
export function timeAtFault(
  { exp, nbf, iat }: JsonObject,
  { maxAgeSeconds }: TimePolicy,
): string | undefined {
  if (!isTime(exp)) return 'exp'
  if (!isOptionalTime(nbf)) return 'nbf'
  const isNeeded = maxAgeSeconds !== undefined
  return isOptionalTime(iat) && !(isNeeded && iat === undefined) ? undefined : 'iat'
}

/** RFC 9068 §2.2: the claims its profile demands, besides `exp` and `aud`, with the right types. */
export function hasProfileClaims(claims: JsonObject): boolean {
  return missingProfileClaim(claims) === undefined
}

/** Whether all of these are there; `null` and blank text count as absent. */
export function hasClaims(claims: JsonObject, names: readonly string[]): boolean {
  return missingClaim(claims, names) === undefined
}

/**
 * RFC 9068 §2.2: the first of the claims its profile demands, besides `exp` and `aud`, that is not
 * there with the right type.
 */
export function missingProfileClaim(claims: JsonObject): string | undefined {
  const missing = PROFILE_TEXTS.find((name) => textIn(claims, name) === undefined)
  return missing ?? (isTime(claims['iat']) ? undefined : 'iat')
}

/** The first of these that is not there; `null` and blank text count as absent. */
export function missingClaim(claims: JsonObject, names: readonly string[]): string | undefined {
  return names.find((name) => {
    const value = claim(claims, name)
    return value === undefined || (typeof value === 'string' && isBlank(value))
  })
}

/**
 * What the token says of scopes (RFC 8693 §4.2), as text or as a list. Under `standard` the forms that
 * servers really send are read: the first present of three claims, a string or a list of strings;
 * anything else grants nothing.
 */
export function readScopeClaim(
  claims: JsonObject,
  profile: TokenProfile,
  names: ClaimNames['scope'],
): string | readonly string[] {
  if (names !== undefined)
    return unionOf(...listOf(names).map((name) => scopesIn(claim(claims, name))))
  if (profile === 'rfc9068') {
    const scope = claim(claims, 'scope')
    return typeof scope === 'string' ? scope : []
  }
  const present = DEFAULT_SCOPE_CLAIMS.find((name) => claim(claims, name) !== undefined)
  const value = present === undefined ? undefined : claims[present]
  return typeof value === 'string' ? value : scopesIn(value)
}

/** The client the token was issued to: the first claim that names one; `''` where none does. */
export function readClientId(
  claims: JsonObject,
  profile: TokenProfile,
  names: ClaimNames['clientId'],
): string {
  const candidates = names ?? (profile === 'rfc9068' ? 'client_id' : DEFAULT_CLIENT_CLAIMS)
  for (const name of listOf(candidates)) {
    const value = textIn(claims, name)
    if (value !== undefined) return value
  }
  return ''
}

export function readSubject(claims: JsonObject, name: string | undefined): string | undefined {
  return textIn(claims, name ?? 'sub')
}

/** A value or a list of values, as a list. */
export function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value
}

function checkAge(
  iat: number | undefined,
  maxAgeSeconds: number,
  toleranceSeconds: number,
  now: number,
): AuthErrorCode | undefined {
  if (iat === undefined) return 'token_claims'
  // An `iat` in the future would make the token younger than it is.
  if (iat > now + toleranceSeconds) return 'token_not_yet_valid'
  return iat + maxAgeSeconds <= now - toleranceSeconds ? 'token_expired' : undefined
}

function audienceOf(claims: JsonObject, substitute: string | undefined): string[] | undefined {
  const { aud } = claims
  if (typeof aud === 'string') return [aud]
  if (aud !== undefined) return isTextList(aud) ? aud : []
  const stand = substitute === undefined ? undefined : claim(claims, substitute)
  return typeof stand === 'string' ? [stand] : undefined
}

function scopesIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return parseScope(value)
  return isTextList(value) ? value : []
}

/** Own members only: a claim may be asked for under a name that every object has. */
function claim(claims: JsonObject, name: string): unknown {
  return Object.hasOwn(claims, name) ? (claims[name] ?? undefined) : undefined
}

/** A claim that is text and says something: an empty `sub` would make one principal of everyone. */
function textIn(claims: JsonObject, name: string): string | undefined {
  const value = claim(claims, name)
  return typeof value === 'string' && !isBlank(value) ? value : undefined
}

/** Nothing, or nothing that can be seen: white space, control and format characters. */
const BLANK = /^[\p{White_Space}\p{Cc}\p{Cf}]*$/u

function isBlank(text: string): boolean {
  return BLANK.test(text)
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isOptionalTime(value: unknown): value is number | undefined {
  return value === undefined || isTime(value)
}
