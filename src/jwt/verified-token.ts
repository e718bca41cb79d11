/** A verified access token of any format. Contexts are made from it. */

import type { Actor } from '../contract/actor.ts'
import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import { deepFreeze, isObject, isTextList, type JsonObject } from '../lib/json.ts'
import { ownMembers } from '../lib/own-members.ts'
import { dropPromise } from '../lib/promise.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import type { TextPool } from '../lib/text-pool.ts'
import type { GrantReader } from '../scope/grant.ts'
import { readActor } from './read-actor.ts'
import { readClientId, readScopeClaim, readSubject, type TokenProfile } from './read-claims.ts'

/** The parts of a verified token that requests share. All values in it are frozen. */
export interface VerifiedToken {
  readonly issuer: string
  /** The configured issuer, for events; it differs from `issuer` where a template or an alias matched. */
  readonly authority: string
  readonly subject: string | undefined
  /** The chain of actors in `act`. */
  readonly actor: Actor | undefined
  readonly clientId: string
  /** The scopes in the token. */
  readonly granted: readonly string[]
  /** The same with the scopes that they imply under the hierarchy. */
  readonly scopes: string[]
  readonly audience: string[]
  readonly expiresAt: number
  readonly claims: Readonly<JsonObject>
  /** `{ issuer, subject, claims }`: the `extra` of contexts. */
  readonly extra: Record<string, unknown>
  /** The `cnf` claim before `mapClaims`, which cannot remove the binding of a token. */
  readonly confirmation: unknown
  /** The claims by which the token may be revoked, before `mapClaims`. Other members may be missing. */
  readonly original: Readonly<JsonObject>
  /** Base64url SHA-256 of the token, computed when it is first needed (RFC 9449 §4.3 `ath`). */
  digest: string | undefined
  /** The key that verified the token, from its key set; `undefined` for opaque tokens. */
  readonly key: object | undefined
}

/** A token that was verified for this request. */
export interface FreshToken extends VerifiedToken {
  /** The `iat` of the token; 0 without one. */
  readonly issuedAt: number
}

/**
 * Replaces strings in freshly parsed claims by equal shared ones, in lists such as `roles` too. Cached
 * tokens then need less memory: most claims of a server's tokens have few different values.
 */
export function shareTexts(claims: JsonObject, texts: TextPool): void {
  for (const [name, value] of Object.entries(claims)) {
    if (typeof value === 'string') claims[name] = texts.share(value)
    else if (isTextList(value)) claims[name] = value.map((each) => texts.share(each))
  }
}

/** How the claims of one server's tokens are read. */
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
 * Fails with `token_claims` if `mapClaims` returns `null` or `act` is malformed, and with `internal` if
 * `mapClaims` throws or returns anything else that is not an object, or a promise.
 */
export function buildVerifiedToken(
  verified: JsonObject,
  issuer: string,
  audience: readonly string[],
  reading: ClaimReading,
  key?: object,
): Result<FreshToken, RejectionReason> {
  const mapped = mapClaims(verified, reading.mapClaims)
  if (!mapped.ok) return fail({ code: mapped.error, option: 'mapClaims' })
  // Its depth is bounded, so it is read before anything recursive.
  const actor = readActor(mapped.value)
  if (!actor.ok) return fail({ code: actor.error, claim: 'act' })
  const claims = deepFreeze(mapped.value)
  const subject = readSubject(claims, reading.names?.subject)
  const { profile, names } = reading
  const claimed = readScopeClaim(claims, profile, names?.scope, names?.scopePrefix)
  const { granted, scopes } = reading.grant(claimed)
  return succeed({
    issuer,
    authority: reading.authority,
    subject,
    actor: actor.value,
    clientId: readClientId(claims, reading.profile, reading.names?.clientId),
    granted,
    scopes,
    audience: Object.freeze([...audience]) as string[],
    expiresAt: verified['exp'] as number,
    issuedAt: typeof verified['iat'] === 'number' ? verified['iat'] : 0,
    claims,
    extra: Object.freeze({ issuer, subject, claims }),
    confirmation: verified['cnf'],
    original: reading.mapClaims === undefined ? claims : revocableClaims(verified),
    digest: undefined,
    key,
  })
}

/** The few claims that outlive `mapClaims`: a cached token must not keep two sets of claims. */
function revocableClaims({ sub, sid, jti, iat, status }: JsonObject): JsonObject {
  return deepFreeze(ownMembers({ sub, sid, jti, iat, status }))
}

function mapClaims(
  claims: JsonObject,
  map: AuthorizationServerOptions['mapClaims'],
): Result<JsonObject, 'token_claims' | 'internal'> {
  // The verified claims have no prototype; applications get a plain object.
  if (map === undefined) return succeed({ ...claims })
  try {
    const mapped: unknown = map(structuredClone(claims))
    if (mapped === null) return fail('token_claims')
    // A promise is an object, too; it could resolve to `null`.
    if (!isObject(mapped) || dropPromise(mapped)) return fail('internal')
    // A copy: the claims are frozen, and the application may still use its own object.
    return succeed(structuredClone(mapped))
  } catch {
    return fail('internal')
  }
}
