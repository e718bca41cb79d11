/** Fetches and verifies status list tokens (draft-ietf-oauth-status-list §5.1, §8.3). */

import type { Loaded } from '../authorization-server/load-document.ts'
import { SUPPORTED_ALGORITHMS } from '../crypto/algorithms.ts'
import {
  boundedFetch,
  type FetchPolicy,
  invalidDocument,
  statusFailure,
} from '../documents/bounded-fetch.ts'
import type { Copy } from '../documents/kept-document.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import { type CompactJwt, parseCompactJwt } from '../jwt/compact-jwt.ts'
import { hasExtension, hasValidKeyId } from '../jwt/header.ts'
import { normalizeType } from '../jwt/token-type.ts'
import { verifySignature } from '../jwt/verify-jwt.ts'
import { isFiniteNumber, type JsonObject } from '../lib/json.ts'
import { succeed } from '../lib/result.ts'
import type { ServerState } from '../resource/state.ts'
import { parseStatusList, type StatusList } from './status-list.ts'

/** A list, and the times of its token. */
interface IssuedList extends StatusList {
  readonly iat: number
  readonly exp: number
}

/** The list to load, and what loading it depends on. */
interface StatusListRequest {
  readonly uri: string
  /** The `iss` of the tokens that name the list. */
  readonly issuer: string
  readonly server: ServerState
  readonly policy: FetchPolicy
  readonly now: () => number
  readonly toleranceSeconds: number
  /** The latest list that was loaded. */
  latest?: IssuedList
}

const TYPE = 'statuslist+jwt'
/** Random statuses cannot be compressed, and base64url is applied twice: enough for 8 million bits. */
const MAX_BYTES = 2_097_152
/** How long a list is kept: a revocation may remain unnoticed for this time. */
const MAX_KEPT_SECONDS = 300

/**
 * Loads a status list.
 *
 * Checks: https, no redirect, status 200, size and time; `typ`, `alg`, `crit`; `sub` equal to the URI, `iat`,
 * `exp`, `nbf`, `ttl` and `iss` if present; the signature by a key of the issuer; the list itself.
 *
 * Does not check: the media type, because `typ` is signed.
 */
export async function loadStatusList(
  request: StatusListRequest,
  budget: RequestBudget,
): Promise<Loaded<Copy<StatusList>>> {
  const { uri, policy, now, server, issuer } = request
  const fetchedAt = now()
  const limits = { ...policy, maxBytes: Math.max(policy.maxBytes, MAX_BYTES) }
  const init = { headers: { Accept: `application/${TYPE}` } }
  const left = budget.remainingMs(policy.timeoutMs)
  const fetched = await boundedFetch(uri, init, limits, left, ({ status }) =>
    status === 200 ? undefined : statusFailure(uri, status),
  )
  if (!fetched.ok) return fetched
  const text = new TextDecoder().decode(fetched.value.bytes).trim()
  const jwt = parseCompactJwt(text)
  if (jwt === undefined) return invalidDocument(uri, 'it is not a JWT')
  const problem = headerProblem(jwt, server) ?? claimsProblem(jwt.claims, request, now())
  if (problem !== undefined) return invalidDocument(uri, problem)
  // Keys of a tenant are chosen by the issuer of its tokens.
  const keyed = { header: jwt.header, claims: { iss: issuer } }
  const signed = await verifySignature(text, keyed, server.documents.keys, budget)
  if (!signed.ok) {
    const { code, retryAfterSeconds } = signed.error
    return code === 'unavailable'
      ? invalidDocument(uri, 'its key is unavailable', { retryAfterSeconds })
      : invalidDocument(uri, 'its signature does not verify with a key of the issuer')
  }
  const list = await parseStatusList(jwt.claims['status_list'])
  if (list === undefined) return invalidDocument(uri, 'status_list is not a list, or too long')
  // The times are numbers, as `claimsProblem` has checked.
  const { iat = 0, exp = Infinity, ttl = MAX_KEPT_SECONDS } = jwt.claims as Record<string, number>
  let { latest } = request
  // An outdated cache between here and the server must not undo revocations.
  if (!(latest && iat < latest.iat && now() < latest.exp)) latest = { ...list, iat, exp }
  request.latest = latest
  const freshUntil = Math.min(latest.exp, fetchedAt + Math.min(ttl, MAX_KEPT_SECONDS))
  return succeed({ value: latest, fetchedAt, freshUntil })
}

function headerProblem({ header }: CompactJwt, { jwt }: ServerState): string | undefined {
  const { typ, alg } = header
  const algorithms = jwt?.algorithms ?? new Set(SUPPORTED_ALGORITHMS)
  if (normalizeType(typ) !== TYPE) return `typ is not ${TYPE}`
  if (typeof alg !== 'string' || !algorithms.has(alg)) return 'alg is not accepted'
  if (hasExtension(header)) return 'it has a crit or b64 header'
  return hasValidKeyId(header) ? undefined : 'kid is not a key ID'
}

function claimsProblem(
  { sub, iss, iat, exp, nbf, ttl }: JsonObject,
  request: StatusListRequest,
  now: number,
): string | undefined {
  const { uri, toleranceSeconds } = request
  // §8.3: the list that was requested, and not another one of the same server.
  if (sub !== uri) return 'sub is not its URI'
  if (iss !== undefined && !isSameIssuer(iss, request)) return 'iss is not the issuer of the token'
  const hasBegun = (time: unknown) => isFiniteNumber(time) && time <= now + toleranceSeconds
  if (!hasBegun(iat)) return 'iat is missing or in the future'
  if (!hasBegun(nbf ?? iat)) return 'nbf is in the future'
  if (exp !== undefined && !(isFiniteNumber(exp) && exp > now)) return 'exp has passed'
  return ttl === undefined || (isFiniteNumber(ttl) && ttl >= 0)
    ? undefined
    : 'ttl is not a duration'
}

/** A server on the move has several names, and signs its lists under the new one. Tenants are apart. */
function isSameIssuer(iss: unknown, { issuer, server }: StatusListRequest): boolean {
  const match = typeof iss === 'string' ? server.matches(iss) : undefined
  return match !== undefined && match.tenant === server.matches(issuer)?.tenant
}
