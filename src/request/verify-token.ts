/** From a token to what it is worth: which server it belongs to, and that server's way to verify it. */

import type { Refusal } from '../contract/errors.ts'
import type { Patience } from '../documents/request-budget.ts'
import { claimsTenant, type IssuerMatch, judgeTenant } from '../identifiers/issuer-matcher.ts'
import type { JudgedAudience } from '../jwt/claims.ts'
import { type CompactJwt, readCompactJwt } from '../jwt/compact-jwt.ts'
import { buildVerifiedToken, shareTexts, type VerifiedToken } from '../jwt/verified-token.ts'
import { audienceRefusal, checkJwt, type JwtRules, verifySignature } from '../jwt/verify-jwt.ts'
import { type Failure, fail, type Result } from '../lib/result.ts'
import { issuerRefusal } from '../opaque/check-claims.ts'
import type { ResourceState, ServerState } from '../resource/state.ts'
import { askAbout, refuseAs, strangerRefusal, verifyOpaqueToken } from './verify-opaque-token.ts'

type Verdict<Value> = Result<Value, Refusal>

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
  patience: Patience,
  request?: Request,
): Failure<Refusal> | Promise<Verdict<VerifiedToken>> {
  const jwt = readCompactJwt(token)
  if (jwt === 'opaque') return verifyOpaqueToken(token, state, now, patience, request)
  if (jwt === 'malformed') return fail({ code: 'token_malformed' })
  const named = findServer(jwt.claims['iss'], state)
  if (named === undefined) return fail(issuerRefusal(jwt.claims))
  const { server, match } = named
  if (server.jwt === undefined) return askAbout(token, jwt, server, now, patience, request)
  if (!claimsTenant(jwt.claims, match, server.options.issuerTemplate)) {
    return refuseAs(issuerRefusal(jwt.claims), server)
  }
  const judged = checkJwt(jwt, server.jwt, now, state.onEvent !== undefined)
  if (!judged.ok) return refuseAs(judged.error, server)
  return verifyAt(server, server.jwt, match, judged.value, token, jwt, state, patience)
}

async function verifyAt(
  server: ServerState,
  rules: JwtRules,
  match: IssuerMatch,
  judged: JudgedAudience,
  token: string,
  jwt: CompactJwt,
  { texts, tokenCache }: ResourceState,
  patience: Patience,
): Promise<Verdict<VerifiedToken>> {
  const { documents, options, reading } = server
  const signed = await verifySignature(token, jwt, documents.keys, patience)
  if (!signed.ok) return refuseAs(signed.error, server)
  if (!judged.isAccepted) return refuseAs(audienceRefusal(rules, judged), server)
  const stranger = judgeTenant(match, options.issuerTemplate)
  if (stranger !== undefined) return refuseAs(strangerRefusal(stranger, jwt.claims), server)
  // Only what is remembered stays long enough for that to matter.
  if (tokenCache !== undefined) shareTexts(jwt.claims, texts)
  const issuer = jwt.claims['iss'] as string
  const audience = judged.audience.map((each) => texts.share(each))
  const built = buildVerifiedToken(jwt.claims, issuer, audience, reading, signed.value)
  return built.ok ? built : refuseAs({ code: built.error }, server)
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
