/**
 * Verification of tokens that the resource cannot read itself: by introspection or by the application.
 * A token is sent to one server or to none, because a server that sees it could use it.
 */

import { checkTenant, fitsTemplate } from '../identifiers/issuer-matcher.ts'
import type { CompactJwt } from '../jwt/compact-jwt.ts'
import { issuerRejection } from '../jwt/issuer-rejection.ts'
import { typeRejection } from '../jwt/registered-names.ts'
import { isAccessTokenType, isEventToken } from '../jwt/token-type.ts'
import { buildVerifiedToken, type FreshToken } from '../jwt/verified-token.ts'
import type { JsonObject } from '../lib/json.ts'
import { dropPromise } from '../lib/promise.ts'
import { fail, succeed } from '../lib/result.ts'
import { checkClaims } from '../opaque/check-claims.ts'
import type { OpaqueVerifier, ServerState, Verification } from '../resource/state.ts'
import type { StepResult } from './call.ts'
import { failAt, tenantRejection, UNACCEPTED } from './token-rejections.ts'

interface Candidate {
  readonly server: ServerState
  readonly verifier: OpaqueVerifier
}

/**
 * Verifies an opaque token at the first server whose `accepts` returns true. A verifier without
 * `accepts`, which must be the only one, takes every opaque token.
 *
 * Fails with `token_malformed` if no verifier accepts it, `internal` if an `accepts` throws, and as
 * {@link verifyJwtAsOpaque}.
 */
export async function verifyOpaqueToken(
  token: string,
  servers: readonly ServerState[],
  verification: Verification,
): Promise<StepResult<FreshToken>> {
  const found = findVerifier(token, candidatesOf(servers))
  return found.ok ? verifyBy(found.value, token, verification) : found
}

/**
 * Verifies a JWT of a server whose JWTs are introspected or verified by the application. A JWT that
 * declares another type than an access token is rejected before it is sent (RFC 8725 §3.11).
 *
 * Fails with `token_type`, `token_malformed`, `token_inactive`, the codes of `checkClaims` and
 * `mapClaims`, `unavailable` or `internal`.
 */
export async function verifyJwtAsOpaque(
  token: string,
  { header, claims }: CompactJwt,
  server: ServerState,
  verification: Verification,
): Promise<StepResult<FreshToken>> {
  if (!isAccessTokenType(header['typ'], 'standard')) {
    return failAt(server, typeRejection(header['typ'], 'standard'))
  }
  if (isEventToken(claims)) return failAt(server, { code: 'token_type' })
  const candidates = candidatesOf([server])
  const [only, ...others] = candidates
  // The issuer decides on the server; `accepts` decides only between several verifiers of that server.
  const found =
    only !== undefined && others.length === 0 ? succeed(only) : findVerifier(token, candidates)
  return found.ok ? verifyBy(found.value, token, verification) : failAt(server, found.error)
}

async function verifyBy(
  { server, verifier }: Candidate,
  token: string,
  { now, budget, request }: Verification,
): Promise<StepResult<FreshToken>> {
  const fetched = await verifier.fetchClaims(token, budget, request)
  if (!fetched.ok) return failAt(server, fetched.error)
  if (fetched.value === undefined) return failAt(server, { code: 'token_inactive' })
  const built = buildToken(fetched.value, { server, verifier }, now)
  return built.ok ? built : failAt(server, built.error)
}

function buildToken(
  claims: JsonObject,
  { server, verifier: { rules, reading } }: Candidate,
  now: number,
): StepResult<FreshToken> {
  const checked = checkClaims(claims, rules, now)
  if (!checked.ok) return checked
  const { issuer, match, audience } = checked.value
  const { issuerTemplate } = server.options
  if (!fitsTemplate(claims, match, issuerTemplate)) return fail(issuerRejection({ iss: issuer }))
  const tenantFailure = checkTenant(match, issuerTemplate)
  if (tenantFailure !== undefined) return fail(tenantRejection(tenantFailure, { iss: issuer }))
  return buildVerifiedToken(claims, issuer, audience, reading)
}

function candidatesOf(servers: readonly ServerState[]): Candidate[] {
  return servers.flatMap((server) => server.opaque.map((verifier) => ({ server, verifier })))
}

function findVerifier(token: string, candidates: readonly Candidate[]): StepResult<Candidate> {
  try {
    const found = candidates.find(({ verifier }) => isAccepted(token, verifier))
    return found === undefined ? UNACCEPTED : succeed(found)
  } catch {
    return fail({ code: 'internal', option: 'accessToken.accepts' })
  }
}

/** @throws {TypeError} If `accepts` returns something else than a boolean, a promise included. */
function isAccepted(token: string, { accepts }: OpaqueVerifier): boolean {
  if (accepts === undefined) return true
  const result: unknown = accepts(token)
  if (typeof result === 'boolean') return result
  dropPromise(result)
  throw new TypeError('accepts must return true or false.')
}
