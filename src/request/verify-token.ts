/** Verification of an access token: which server issued it, and which of its formats it has. */

import { checkTenant, fitsTemplate, type IssuerMatch } from '../identifiers/issuer-matcher.ts'
import { type AudienceMatch, audienceRejection } from '../jwt/audience.ts'
import { type CompactJwt, readCompactJwt } from '../jwt/compact-jwt.ts'
import { issuerRejection } from '../jwt/issuer-rejection.ts'
import { buildVerifiedToken, type FreshToken, shareTexts } from '../jwt/verified-token.ts'
import { checkJwt, verifySignature } from '../jwt/verify-jwt.ts'
import { fail } from '../lib/result.ts'
import { findServer } from '../resource/find-server.ts'
import type { ResourceState, ServerState, Verification } from '../resource/state.ts'
import type { StepResult } from './call.ts'
import { failAt, tenantRejection, UNACCEPTED } from './token-rejections.ts'

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
  const signed = await verifySignature(token, jwt, server.documents.keys, verification.budget)
  const audience = checked.value
  if (!audience.isAccepted && (signed.ok || signed.error.code === 'unavailable')) {
    // The keys are needed for the event only: such a token is invalid with any signature.
    return failAt(
      server,
      audienceRejection(server.jwt.audience, signed.ok ? audience.audience : undefined),
    )
  }
  if (!signed.ok) return failAt(server, signed.error)
  return acceptJwt({ jwt, match, audience, key: signed.value }, server, state)
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

/** A JWT whose signature is valid. */
interface SignedJwt {
  readonly jwt: CompactJwt
  readonly match: IssuerMatch
  readonly audience: AudienceMatch
  readonly key: object
}

function acceptJwt(
  { jwt: { claims }, match, audience, key }: SignedJwt,
  server: ServerState,
  { tokens: { entries, texts } }: VerificationState,
): StepResult<FreshToken> {
  const { options, reading } = server
  const tenantFailure = checkTenant(match, options.issuerTemplate)
  if (tenantFailure !== undefined) return failAt(server, tenantRejection(tenantFailure, claims))
  const issuer = claims['iss'] as string
  let accepted = audience.audience
  // Sharing strings pays off only for cached tokens.
  if (entries !== undefined) {
    shareTexts(claims, texts)
    accepted = accepted.map((each) => texts.share(each))
  }
  const built = buildVerifiedToken(claims, issuer, accepted, reading, key)
  return built.ok ? built : failAt(server, built.error)
}
