/** Verification of an access token: which server issued it, and which of its formats it has. */

import { checkTenant, fitsTemplate, type IssuerMatch } from '../identifiers/issuer-matcher.ts'
import type { AudienceMatch } from '../jwt/audience.ts'
import { type CompactJwt, readCompactJwt } from '../jwt/compact-jwt.ts'
import { issuerRejection } from '../jwt/issuer-rejection.ts'
import { buildVerifiedToken, type FreshToken, shareTexts } from '../jwt/verified-token.ts'
import { audienceRejection, checkJwt, type JwtRules, verifySignature } from '../jwt/verify-jwt.ts'
import { fail } from '../lib/result.ts'
import type { ResourceState, ServerState, Verification } from '../resource/state.ts'
import type { StepResult } from './call.ts'
import { failAt, tenantRejection, UNACCEPTED } from './server-rejection.ts'

/** What verification reads of a resource. */
type VerificationState = Pick<
  ResourceState,
  'servers' | 'tokens' | 'events' | 'opaque' | 'explainMissing'
>

/**
 * Verifies an access token.
 *
 * A JWT is verified by the server whose configured issuer equals its `iss`: no other claim of an
 * unverified token is used. Any other token goes to the one server that accepts it.
 *
 * Does not check: its binding, its scopes.
 *
 * Fails with `token_…`, `unavailable` or `internal`.
 */
export async function verifyToken(
  token: string,
  verification: Verification,
  state: VerificationState,
): Promise<StepResult<FreshToken>> {
  const jwt = readCompactJwt(token)
  if (jwt === 'opaque') return verifyOpaque(token, verification, state)
  if (jwt === 'malformed') return fail({ code: 'token_malformed' })
  const named = findServer(jwt.claims['iss'], state.servers)
  if (named === undefined) return fail(issuerRejection(jwt.claims))
  const { server, match } = named
  if (server.jwt === undefined) {
    return (
      state.opaque?.verifyJwtAsOpaque(token, jwt, server, verification) ??
      failAt(server, UNACCEPTED.error)
    )
  }
  if (!fitsTemplate(jwt.claims, match, server.options.issuerTemplate)) {
    return failAt(server, issuerRejection(jwt.claims))
  }
  const checked = checkJwt(jwt, server.jwt, verification.now, state.events.onEvent !== undefined)
  if (!checked.ok) return failAt(server, checked.error)
  const unverified = { token, jwt, match, audience: checked.value }
  return verifyAt(server, server.jwt, unverified, verification, state)
}

function verifyOpaque(
  token: string,
  verification: Verification,
  { opaque, servers, explainMissing }: VerificationState,
): Promise<StepResult<FreshToken>> | StepResult<FreshToken> {
  if (opaque !== undefined) return opaque.verifyOpaqueToken(token, servers, verification)
  explainMissing?.('opaque')
  return UNACCEPTED
}

/** A JWT whose claims are acceptable, if its signature is valid. */
interface UnverifiedJwt {
  readonly token: string
  readonly jwt: CompactJwt
  readonly match: IssuerMatch
  readonly audience: AudienceMatch
}

async function verifyAt(
  server: ServerState,
  rules: JwtRules,
  { token, jwt, match, audience }: UnverifiedJwt,
  { budget }: Verification,
  { tokens: { entries, texts } }: VerificationState,
): Promise<StepResult<FreshToken>> {
  const { documents, options, reading } = server
  const signed = await verifySignature(token, jwt, documents.keys, budget)
  if (!audience.isAccepted && (signed.ok || signed.error.code === 'unavailable')) {
    // The keys are needed for the event only: such a token is invalid with any signature.
    return failAt(server, audienceRejection(rules, signed.ok ? audience : undefined))
  }
  if (!signed.ok) return failAt(server, signed.error)
  const tenantFailure = checkTenant(match, options.issuerTemplate)
  if (tenantFailure !== undefined) {
    return failAt(server, tenantRejection(tenantFailure, jwt.claims))
  }
  // Sharing strings pays off only for cached tokens.
  if (entries !== undefined) shareTexts(jwt.claims, texts)
  const issuer = jwt.claims['iss'] as string
  const accepted = audience.audience.map((each) => texts.share(each))
  const built = buildVerifiedToken(jwt.claims, issuer, accepted, reading, signed.value)
  return built.ok ? built : failAt(server, built.error)
}

function findServer(
  issuer: unknown,
  servers: readonly ServerState[],
): { readonly server: ServerState; readonly match: IssuerMatch } | undefined {
  if (typeof issuer !== 'string') return undefined
  for (const server of servers) {
    const match = server.matches(issuer)
    if (match !== undefined) return { server, match }
  }
  return undefined
}
