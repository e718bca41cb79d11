/** An access token after verification, whatever its kind: what contexts are made from. */

import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import type { AuthErrorCode } from '../contract/errors.ts'
import { deepFreeze, isObject, type JsonObject } from '../lib/json.ts'
import { dropPromise } from '../lib/promise.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import type { TextPool } from '../lib/text-pool.ts'
import type { GrantReader } from '../scope/grant.ts'
import {
  CLIENT_ID_CLAIMS,
  readClientId,
  readScopeClaim,
  readSubject,
  SCOPE_CLAIMS,
  type TokenProfile,
} from './read-claims.ts'

export interface VerifiedToken {
  readonly issuer: string
  /** The configured server it belongs to: what events name, also where a template made the issuer. */
  readonly authority: string
  readonly subject: string | undefined
  readonly clientId: string
  /** As the token says. */
  readonly granted: readonly string[]
  /** What that amounts to under the hierarchy. */
  readonly scopes: string[]
  readonly audience: string[]
  readonly expiresAt: number
  /** Its `iat`, as issued; 0 where there is none. */
  readonly issuedAt: number
  readonly claims: Readonly<JsonObject>
  /** `{ issuer, subject, claims }`, as contexts pass it on. */
  readonly extra: Record<string, unknown>
  /** The `cnf` claim as issued: `mapClaims` cannot make a bound token free. */
  readonly confirmation: unknown
  /** The key that verified it, as its set holds it; `undefined` where none did. */
  readonly key: object | undefined
}

/** What the tokens of one server or one client have in common. */
const COMMON_CLAIMS = ['iss', 'aud', ...CLIENT_ID_CLAIMS, ...SCOPE_CLAIMS]

/**
 * Gives claims that were just parsed, and are nobody else's yet, the strings that others have too: of
 * a remembered token a good part is these.
 */
export function shareTexts(claims: JsonObject, texts: TextPool): void {
  for (const name of COMMON_CLAIMS) {
    const value = claims[name]
    if (typeof value === 'string') claims[name] = texts.share(value)
  }
}

/** Where a server's tokens keep things. */
export interface ClaimReading {
  readonly authority: string
  readonly profile: TokenProfile
  readonly names: AuthorizationServerOptions['claims']
  readonly mapClaims: AuthorizationServerOptions['mapClaims']
  readonly grant: GrantReader
}

/**
 * Reads verified claims into a token. Everything in it is frozen: one copy serves many requests.
 *
 * Fails with `token_claims` if `mapClaims` refuses the token, `internal` if it throws or returns
 * anything but an object, a promise included.
 */
export function buildVerifiedToken(
  verified: JsonObject,
  issuer: string,
  audience: readonly string[],
  reading: ClaimReading,
  key?: object,
): Result<VerifiedToken, AuthErrorCode> {
  const mapped = mapClaims(verified, reading.mapClaims)
  if (!mapped.ok) return mapped
  const claims = deepFreeze(mapped.value)
  const subject = readSubject(claims, reading.names?.subject)
  const claimed = readScopeClaim(claims, reading.profile, reading.names?.scope)
  const { granted, scopes } = reading.grant(claimed)
  return succeed({
    issuer,
    authority: reading.authority,
    subject,
    clientId: readClientId(claims, reading.profile, reading.names?.clientId),
    granted,
    scopes,
    audience: Object.freeze([...audience]) as string[],
    expiresAt: verified['exp'] as number,
    issuedAt: typeof verified['iat'] === 'number' ? verified['iat'] : 0,
    claims,
    extra: Object.freeze({ issuer, subject, claims }),
    confirmation: verified['cnf'],
    key,
  })
}

function mapClaims(
  claims: JsonObject,
  map: AuthorizationServerOptions['mapClaims'],
): Result<JsonObject, AuthErrorCode> {
  // What was judged inherits nothing; what applications see is an object like any other.
  if (map === undefined) return succeed({ ...claims })
  try {
    const mapped: unknown = map(structuredClone(claims))
    if (mapped === null) return fail('token_claims')
    // A promise is an object too, and might be about to refuse the token.
    if (!isObject(mapped) || dropPromise(mapped)) return fail('internal')
    // A copy: what is shared and frozen here may still be in use there.
    return succeed(structuredClone(mapped))
  } catch {
    return fail('internal')
  }
}
