/**
 * Tokens that somebody has to be asked about: whom, and what the answer is worth. A token is shown
 * to one server or to none, since whoever sees it could use it.
 */

import type { AuthErrorCode } from '../contract/errors.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import { checkTenant, claimsTenant } from '../identifiers/issuer-matcher.ts'
import type { CompactJwt } from '../jwt/compact-jwt.ts'
import { typeRejection } from '../jwt/registered-names.ts'
import { isAccessTokenType, isEventToken } from '../jwt/token-type.ts'
import { buildVerifiedToken, type VerifiedToken } from '../jwt/verified-token.ts'
import type { JsonObject } from '../lib/json.ts'
import { dropPromise } from '../lib/promise.ts'
import { type Failure, fail, type Result, succeed } from '../lib/result.ts'
import { checkClaims, issuerRejection } from '../opaque/check-claims.ts'
import type { OpaqueVerifier, ResourceState, ServerState } from '../resource/state.ts'

type Verdict<Value> = Result<Value, RejectionReason>

/** A token that is no JWT of ours, and that no kind of opaque tokens claims. */
const UNCLAIMED = fail<RejectionReason>({ code: 'token_malformed', received: ['opaque'] })

interface Recipient {
  readonly server: ServerState
  readonly verifier: OpaqueVerifier
}

/**
 * Verifies an opaque token at the first server whose `accepts` claims it; without `accepts`, which
 * only the only one may be, a server claims every opaque token.
 *
 * Fails with `token_malformed` if nobody claims it, `internal` if an `accepts` throws, and as
 * {@link askAbout}.
 */
export function verifyOpaqueToken(
  token: string,
  state: ResourceState,
  now: number,
  budget: RequestBudget,
  request: Request | undefined,
): Failure<RejectionReason> | Promise<Verdict<VerifiedToken>> {
  const recipient = findRecipient(token, recipientsIn(state.servers))
  if (!recipient.ok) return recipient
  const { server, verifier } = recipient.value
  return ask(token, server, verifier, now, budget, request)
}

/**
 * Verifies a JWT of a server whose tokens are not verified here but asked about. It is refused
 * unasked if it says of itself that it is something else than an access token (RFC 8725 §3.11).
 *
 * Fails with `token_type`, `token_malformed`, `token_inactive`, what `checkClaims` and `mapClaims`
 * say, `unavailable` or `internal`.
 */
export function askAbout(
  token: string,
  jwt: CompactJwt,
  server: ServerState,
  now: number,
  budget: RequestBudget,
  request: Request | undefined,
): Failure<RejectionReason> | Promise<Verdict<VerifiedToken>> {
  const { typ } = jwt.header
  if (!isAccessTokenType(typ, 'standard')) return rejectAs(typeRejection(typ, 'standard'), server)
  if (isEventToken(jwt.claims)) return rejectAs({ code: 'token_type' }, server)
  const [only, ...others] = recipientsIn([server])
  // Its issuer chose the server already; `accepts` has a say only among several ways to ask there.
  const recipient =
    only !== undefined && others.length === 0
      ? succeed(only)
      : findRecipient(token, recipientsIn([server]))
  if (!recipient.ok) return rejectAs(recipient.error, server)
  return ask(token, server, recipient.value.verifier, now, budget, request)
}

async function ask(
  token: string,
  server: ServerState,
  verifier: OpaqueVerifier,
  now: number,
  budget: RequestBudget,
  request: Request | undefined,
): Promise<Verdict<VerifiedToken>> {
  const answer = await verifier.fetchClaims(token, budget, request)
  if (!answer.ok) return rejectAs(answer.error, server)
  if (answer.value === undefined) return rejectAs({ code: 'token_inactive' }, server)
  const judged = judge(answer.value, server, verifier, now)
  return judged.ok ? judged : rejectAs(judged.error, server)
}

function judge(
  claims: JsonObject,
  server: ServerState,
  { rules, reading }: OpaqueVerifier,
  now: number,
): Verdict<VerifiedToken> {
  const judged = checkClaims(claims, rules, now)
  if (!judged.ok) return judged
  const { issuer, match, audience } = judged.value
  const { issuerTemplate } = server.options
  if (!claimsTenant(claims, match, issuerTemplate)) return fail(issuerRejection({ iss: issuer }))
  const stranger = checkTenant(match, issuerTemplate)
  if (stranger !== undefined) return fail(strangerRejection(stranger, { iss: issuer }))
  const built = buildVerifiedToken(claims, issuer, audience, reading)
  return built.ok ? succeed(built.value) : reject(built.error)
}

function recipientsIn(servers: readonly ServerState[]): Recipient[] {
  return servers.flatMap((server) => server.opaque.map((verifier) => ({ server, verifier })))
}

function findRecipient(token: string, recipients: readonly Recipient[]): Verdict<Recipient> {
  try {
    const found = recipients.find(({ verifier }) => isMeant(verifier, token))
    return found === undefined ? UNCLAIMED : succeed(found)
  } catch {
    return reject('internal')
  }
}

/** @throws {TypeError} If `accepts` answers with anything but yes or no, a promise included. */
function isMeant({ accepts }: OpaqueVerifier, token: string): boolean {
  if (accepts === undefined) return true
  const answer: unknown = accepts(token)
  if (typeof answer === 'boolean') return answer
  dropPromise(answer)
  throw new TypeError('accepts must return true or false.')
}

/** The refusal of a tenant that is not allowed, or of one that nobody could be asked about. */
export function strangerRejection(
  code: 'token_issuer' | 'internal',
  claims: JsonObject,
): RejectionReason {
  return code === 'token_issuer' ? issuerRejection(claims) : { code }
}

/** Events name the server that a refusal is about, as it is configured. */
export function rejectAs(
  reason: RejectionReason,
  { options }: ServerState,
): Failure<RejectionReason> {
  return fail({ ...reason, issuer: options.issuer })
}

function reject(code: AuthErrorCode): Failure<RejectionReason> {
  return fail({ code })
}
