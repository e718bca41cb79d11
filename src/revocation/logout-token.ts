/** Verifies logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4, §2.6). */

import type { IssuerDocuments } from '../authorization-server/documents.ts'
import type { KeySource } from '../authorization-server/key-source.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import { SUPPORTED_ALGORITHMS } from '../crypto/algorithms.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import { checkTenant, fitsTemplate, type IssuerMatch } from '../identifiers/issuer-matcher.ts'
import { type CompactJwt, parseCompactJwt } from '../jwt/compact-jwt.ts'
import { hasExtension, hasValidKeyId } from '../jwt/header.ts'
import { issuerRejection } from '../jwt/issuer-rejection.ts'
import { ownClaim, textClaim } from '../jwt/read-claims.ts'
import { algorithmRejection, typeRejection } from '../jwt/registered-names.ts'
import { checkTimes } from '../jwt/times.ts'
import { normalizeType } from '../jwt/token-type.ts'
import { verifySignature } from '../jwt/verify-jwt.ts'
import { isFiniteNumber, isObject, isTextList, type JsonObject } from '../lib/json.ts'
import { RecentKeys } from '../lib/recent-keys.ts'
import { type Failure, fail, type Result, succeed } from '../lib/result.ts'
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

/**
 * Verifies a logout token for one of the servers of a resource.
 *
 * Fails with
 * - `token_malformed`, `token_type`, `token_algorithm`, `token_key` — by its header
 * - `token_issuer` — no server has its `iss`, or the tenant is not accepted
 * - `token_audience`, `token_expired`, `token_not_yet_valid`, `token_claims` — by its claims; `token_claims` with
 *   `jti` also for a token that was used before
 * - `token_key`, `token_signature`
 * - `unavailable` — the keys are out of reach
 * - `internal` — `issuerTemplate.allow` throws
 */
export async function verifyLogoutToken(
  token: string,
  { servers, clock }: Pick<ResourceState, 'servers' | 'clock'>,
  clientIdOf: ClientIdOf,
  budget: RequestBudget,
): Promise<Result<Logout, RejectionReason>> {
  const jwt = token.length <= MAX_TOKEN_LENGTH ? parseCompactJwt(token) : undefined
  if (jwt === undefined) return fail({ code: 'token_malformed' })
  const { claims } = jwt
  const issuer = textClaim(claims, 'iss')
  const named = findServer(issuer, servers)
  if (issuer === undefined || named === undefined) return fail(issuerRejection(claims))
  const { server, match } = named
  const reject = (reason: RejectionReason): Failure<RejectionReason> =>
    fail({ ...reason, issuer: server.options.issuer })
  const now = clock.now()
  const reason =
    checkHeader(jwt, server) ??
    checkAudience(claims, clientIdOf(issuer, server.options.issuer)) ??
    checkLogoutTimes(claims, now, clock.toleranceSeconds) ??
    checkLogout(claims) ??
    checkLogoutTenant(claims, match, server)
  if (reason !== undefined) return reject(reason)
  const memory = memoryOf(server.documents)
  const signed = await verifySignature(token, jwt, memory.keys, budget)
  if (!signed.ok) return reject(signed.error)
  const code = checkTenant(match, server.options.issuerTemplate)
  if (code === 'token_issuer') return reject(issuerRejection(claims))
  if (code !== undefined) return reject({ code, option: 'issuerTemplate.allow' })
  const use = JSON.stringify([issuer, claims['jti']])
  if (memory.seen.secondsLeft(use, now) > 0) return reject(invalidClaim('jti'))
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

function checkHeader({ header }: CompactJwt, { jwt }: ServerState): RejectionReason | undefined {
  const { typ, alg } = header
  if (typ !== undefined && !TYPES.includes(normalizeType(typ))) {
    return { ...typeRejection(typ, 'standard'), expected: TYPES }
  }
  const algorithms = jwt?.algorithms ?? new Set(SUPPORTED_ALGORITHMS)
  if (typeof alg !== 'string' || !algorithms.has(alg)) return algorithmRejection(alg, algorithms)
  if (hasExtension(header)) return { code: 'token_malformed' }
  return hasValidKeyId(header) ? undefined : { code: 'token_key' }
}

/** @param clientId `undefined`: the application has no client at this server. */
function checkAudience(
  { aud }: JsonObject,
  clientId: string | undefined,
): RejectionReason | undefined {
  const expected = clientId === undefined ? [] : [clientId]
  const audience = isTextList(aud) ? aud : [aud]
  return expected.some((each) => audience.includes(each))
    ? undefined
    : { code: 'token_audience', expected }
}

/** `exp` is required since the errata of 2023; Hydra and older servers send none. `iat` limits the time as well. */
function checkLogoutTimes(
  claims: JsonObject,
  now: number,
  toleranceSeconds: number,
): RejectionReason | undefined {
  const { iat, exp = now + MAX_AGE_SECONDS, nbf } = claims
  if (!isFiniteNumber(iat)) return invalidClaim('iat')
  if (iat < now - MAX_AGE_SECONDS) return { code: 'token_expired' }
  if (iat > now + MAX_AGE_SECONDS) return { code: 'token_not_yet_valid' }
  if (isFiniteNumber(exp) && exp > now + MAX_AGE_SECONDS) return invalidClaim('exp')
  return checkTimes({ exp, nbf }, { toleranceSeconds, maxAgeSeconds: undefined }, now)
}

/** §2.4. A `nonce` would make it an ID token. */
function checkLogout(claims: JsonObject): RejectionReason | undefined {
  const { events, jti } = claims
  if (Object.hasOwn(claims, 'nonce')) return invalidClaim('nonce')
  if (!isObject(events) || Object.keys(events).length !== 1 || !isObject(events[EVENT]))
    return invalidClaim('events')
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_LENGTH)
    return invalidClaim('jti')
  const names = ['sub', 'sid'].filter((name) => ownClaim(claims, name) !== undefined)
  if (names.length === 0) return invalidClaim('sub')
  const invalid = names.find((name) => textClaim(claims, name) === undefined)
  return invalid === undefined ? undefined : invalidClaim(invalid)
}

/** Logout tokens need not have the claim of the tenant; `iss` names it. */
function checkLogoutTenant(
  claims: JsonObject,
  match: IssuerMatch,
  { options: { issuerTemplate } }: ServerState,
): RejectionReason | undefined {
  const named = issuerTemplate && ownClaim(claims, issuerTemplate.claim)
  const fits = named === undefined || fitsTemplate(claims, match, issuerTemplate)
  return fits ? undefined : issuerRejection(claims)
}

function invalidClaim(claim: string): RejectionReason {
  return { code: 'token_claims', claim }
}
