/** Verifies logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4, §2.6). */

import type { IssuerDocuments } from '../authorization-server/documents.ts'
import type { KeySource } from '../authorization-server/key-source.ts'
import { isSupportedAlgorithm } from '../crypto/algorithms.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import { checkTenant, fitsTemplate, type IssuerMatch } from '../identifiers/issuer-matcher.ts'
import { type CompactJwt, parseCompactJwt } from '../jwt/compact-jwt.ts'
import { hasExtension, hasValidKeyId } from '../jwt/header.ts'
import { ownClaim, textClaim } from '../jwt/read-claims.ts'
import { isInForce } from '../jwt/times.ts'
import { normalizeType } from '../jwt/token-type.ts'
import { verifySignature } from '../jwt/verify-jwt.ts'
import { isFiniteNumber, isObject, isTextList, type JsonObject } from '../lib/json.ts'
import { RecentKeys } from '../lib/recent-keys.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { TokenBucket } from '../lib/token-bucket.ts'
import { findServer } from '../resource/find-server.ts'
import type { ResourceState, ServerState } from '../resource/state.ts'

/** The tokens that a logout ends, and a function that marks the logout token as used. */
export interface Logout {
  /** All names of the server: another resource may know it by one of them only. */
  readonly issuers: readonly string[]
  readonly sub: string | undefined
  readonly sessionId: string | undefined
  /** The `iat` of the logout token: what was issued later belongs to a new login. */
  readonly at: number
  /** Called once the logout took effect. After a failure the server sends the same token again. */
  readonly consume: () => void
}

/** The client ID at a server; `undefined`: the application has none there. */
export type ClientIdOf = (issuer: string, authority: string) => string | undefined

export type LogoutFailure =
  | { readonly code: 'invalid' | 'internal' }
  | { readonly code: 'unavailable'; readonly retryAfterSeconds: number | undefined }

type LogoutResult = Result<Logout, LogoutFailure>

/** `typ` is recommended since the errata of 2023; most servers send `JWT`. */
const TYPES = ['logout+jwt', 'jwt']
const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
/** §2.4 recommends two minutes at most. */
const MAX_AGE_SECONDS = 300
const MAX_TOKEN_LENGTH = 16_384
const MAX_JTI_LENGTH = 256
/** As long as a token can be used: from 300 s before its `iat` to 300 s after, and the clock tolerance. */
const SEEN = { maxKeys: 10_000, seconds: 900 }
/** Any sender can invent keys here, and a rotation of keys can wait a minute for its first logout. */
const FETCHES = { burst: 1, secondsPerFetch: 60 }

const INVALID = /* @__PURE__ */ fail<LogoutFailure>({ code: 'invalid' })
const INTERNAL = /* @__PURE__ */ fail<LogoutFailure>({ code: 'internal' })

/**
 * Verifies a logout token for one of the servers of a resource.
 *
 * Fails with `invalid`, `unavailable` if the keys are out of reach, or `internal` if
 * `issuerTemplate.allow` throws.
 */
export async function verifyLogoutToken(
  token: string,
  { servers, clock }: Pick<ResourceState, 'servers' | 'clock'>,
  clientIdOf: ClientIdOf,
  budget: RequestBudget,
): Promise<LogoutResult> {
  const jwt = token.length <= MAX_TOKEN_LENGTH ? parseCompactJwt(token) : undefined
  if (jwt === undefined) return INVALID
  const { claims } = jwt
  const issuer = textClaim(claims, 'iss')
  const named = findServer(issuer, servers)
  if (issuer === undefined || named === undefined) return INVALID
  const { server, match } = named
  const clientId = clientIdOf(issuer, server.options.issuer)
  const now = clock.now()
  const isValid =
    hasValidHeader(jwt, server) &&
    clientId !== undefined &&
    isFor(claims, clientId) &&
    isCurrent(claims, now, clock.toleranceSeconds) &&
    isLogout(claims) &&
    isOfTenant(claims, match, server)
  if (!isValid) return INVALID
  const memory = memoryOf(server.documents)
  const signed = await verifySignature(token, jwt, memory.keys, budget)
  if (!signed.ok) {
    const { code, retryAfterSeconds } = signed.error
    return code === 'unavailable' ? fail({ code, retryAfterSeconds }) : INVALID
  }
  const tenantFailure = checkTenant(match, server.options.issuerTemplate)
  if (tenantFailure !== undefined) return tenantFailure === 'internal' ? INTERNAL : INVALID
  const use = JSON.stringify([issuer, claims['jti']])
  if (memory.seen.secondsLeft(use, now) > 0) return INVALID
  return succeed({
    // The tenants of a template are apart.
    issuers: match.tenant === undefined ? namesOf(server.options) : [issuer],
    sub: textClaim(claims, 'sub'),
    sessionId: textClaim(claims, 'sid'),
    at: claims['iat'] as number,
    consume: () => memory.seen.add(use, clock.now()),
  })
}

function namesOf({ issuer, tokenIssuers = [] }: ServerState['options']): readonly string[] {
  return [issuer, ...tokenIssuers]
}

interface LogoutMemory {
  readonly keys: KeySource
  readonly seen: RecentKeys
}

/**
 * By the documents of a server, which resources share: a logout token is used once in this process, and
 * all resources together have one budget for unknown keys. Only applications with this route need it.
 */
const MEMORY = /* @__PURE__ */ new WeakMap<IssuerDocuments, LogoutMemory>()

function memoryOf(documents: IssuerDocuments): LogoutMemory {
  const known = MEMORY.get(documents)
  if (known !== undefined) return known
  const budget = new TokenBucket(FETCHES.burst, FETCHES.secondsPerFetch)
  const memory = { keys: documents.keys.withBudget(budget), seen: new RecentKeys(SEEN) }
  MEMORY.set(documents, memory)
  return memory
}

function hasValidHeader({ header }: CompactJwt, { jwt }: ServerState): boolean {
  const { typ, alg } = header
  if (typ !== undefined && !TYPES.includes(normalizeType(typ))) return false
  const isAllowed =
    jwt === undefined ? isSupportedAlgorithm : (name: string) => jwt.algorithms.has(name)
  return typeof alg === 'string' && isAllowed(alg) && !hasExtension(header) && hasValidKeyId(header)
}

function isFor({ aud }: JsonObject, clientId: string): boolean {
  return aud === clientId || (isTextList(aud) && aud.includes(clientId))
}

/** `exp` is required since the errata of 2023; Hydra and older servers send none. `iat` limits the time as well. */
function isCurrent(claims: JsonObject, now: number, toleranceSeconds: number): boolean {
  const { iat, exp } = claims
  if (!isFiniteNumber(iat) || Math.abs(now - iat) > MAX_AGE_SECONDS) return false
  if (isFiniteNumber(exp) && exp > now + MAX_AGE_SECONDS) return false
  return isInForce(claims, now, toleranceSeconds)
}

/** §2.4. A `nonce` would make it an ID token. */
function isLogout(claims: JsonObject): boolean {
  const { events, jti } = claims
  if (Object.hasOwn(claims, 'nonce')) return false
  if (!isObject(events) || Object.keys(events).length !== 1 || !isObject(events[EVENT]))
    return false
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_LENGTH) return false
  const names = ['sub', 'sid'].filter((name) => ownClaim(claims, name) !== undefined)
  return names.length > 0 && names.every((name) => textClaim(claims, name) !== undefined)
}

/** Logout tokens need not have the claim of the tenant; `iss` names it. */
function isOfTenant(
  claims: JsonObject,
  match: IssuerMatch,
  { options: { issuerTemplate } }: ServerState,
): boolean {
  const named = issuerTemplate && ownClaim(claims, issuerTemplate.claim)
  return named === undefined || fitsTemplate(claims, match, issuerTemplate)
}
