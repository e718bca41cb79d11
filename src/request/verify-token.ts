/** From a token to what it is worth: which server it belongs to, and that server's way to verify it. */

import type { RejectionReason } from '../contract/rejection-reason.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import { checkTenant, claimsTenant, type IssuerMatch } from '../identifiers/issuer-matcher.ts'
import type { AudienceMatch } from '../jwt/audience.ts'
import { type CompactJwt, readCompactJwt } from '../jwt/compact-jwt.ts'
import { buildVerifiedToken, shareTexts, type VerifiedToken } from '../jwt/verified-token.ts'
import { audienceRejection, checkJwt, type JwtRules, verifySignature } from '../jwt/verify-jwt.ts'
import { type Failure, fail, type Result } from '../lib/result.ts'
import { issuerRejection } from '../opaque/check-claims.ts'
import type { ResourceState, ServerState } from '../resource/state.ts'
import { askAbout, rejectAs, strangerRejection, verifyOpaqueToken } from './verify-opaque-token.ts'

type Verdict<Value> = Result<Value, RejectionReason>

/**
 * Verifies an access token, but not what binds it and not what it is good for.
 *
 * A JWT goes only to the server that its `iss` names, by exact comparison with what is configured:
 * nothing else of an unverified token is ever acted on. Any other token goes to the one server that
 * claims it.
 *
 * Refuses at once where that takes neither a signature nor somebody's answer.
 *
 * Fails with `token_…`, `unavailable` or `internal`.
 */
export function verifyToken(
  token: string,
  state: ResourceState,
  now: number,
  budget: RequestBudget,
  request?: Request,
): Failure<RejectionReason> | Promise<Verdict<VerifiedToken>> {
  const jwt = readCompactJwt(token)
  if (jwt === 'opaque') return verifyOpaqueToken(token, state, now, budget, request)
  if (jwt === 'malformed') return fail({ code: 'token_malformed' })
  const named = findServer(jwt.claims['iss'], state)
  if (named === undefined) return fail(issuerRejection(jwt.claims))
  const { server, match } = named
  if (server.jwt === undefined) return askAbout(token, jwt, server, now, budget, request)
  if (!claimsTenant(jwt.claims, match, server.options.issuerTemplate)) {
    return rejectAs(issuerRejection(jwt.claims), server)
  }
  const judged = checkJwt(jwt, server.jwt, now, state.onEvent !== undefined)
  if (!judged.ok) return rejectAs(judged.error, server)
  return verifyAt(server, server.jwt, match, judged.value, token, jwt, state, budget)
}

async function verifyAt(
  server: ServerState,
  rules: JwtRules,
  match: IssuerMatch,
  judged: AudienceMatch,
  token: string,
  jwt: CompactJwt,
  { texts, tokenCache }: ResourceState,
  budget: RequestBudget,
): Promise<Verdict<VerifiedToken>> {
  const { documents, options, reading } = server
  const signed = await verifySignature(token, jwt, documents.keys, budget)
  if (!signed.ok) return rejectAs(signed.error, server)
  if (!judged.isAccepted) return rejectAs(audienceRejection(rules, judged), server)
  const stranger = checkTenant(match, options.issuerTemplate)
  if (stranger !== undefined) return rejectAs(strangerRejection(stranger, jwt.claims), server)
  // Only what is remembered stays long enough for that to matter.
  if (tokenCache !== undefined) shareTexts(jwt.claims, texts)
  const issuer = jwt.claims['iss'] as string
  const audience = judged.audience.map((each) => texts.share(each))
  const built = buildVerifiedToken(jwt.claims, issuer, audience, reading, signed.value)
  return built.ok ? built : rejectAs({ code: built.error }, server)
}

function findServer(
  issuer: unknown,
  state: ResourceState,
): { readonly server: ServerState; readonly match: IssuerMatch } | undefined {
  if (typeof issuer !== 'string') return undefined
  for (const server of state.servers) {
    const match = server.matches(issuer)
    if (match !== undefined) return { server, match }
  }
  return undefined
}
