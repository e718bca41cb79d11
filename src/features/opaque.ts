/** What introspection and custom verification share: the rules for claims, and the steps. */

import type { AccessTokenKind } from '../contract/access-token-options.ts'
import type { ClaimRules } from '../opaque/check-claims.ts'
import { verifyJwtAsOpaque, verifyOpaqueToken } from '../request/verify-opaque-token.ts'
import type { OpaqueDependencies } from '../resource/feature.ts'
import type { OpaqueSteps, OpaqueVerifier } from '../resource/state.ts'

/** The steps that verify opaque tokens. */
export const OPAQUE_STEPS: OpaqueSteps = { verifyOpaqueToken, verifyJwtAsOpaque }

/** Creates a verifier from the function that fetches claims. */
export function createOpaqueVerifier(
  format: AccessTokenKind,
  { server, matches, audience, times, reading }: OpaqueDependencies,
  createFetch: (rules: ClaimRules) => OpaqueVerifier['fetchClaims'],
): OpaqueVerifier {
  const hasTenants = server.issuerTemplate !== undefined
  const rules: ClaimRules = { issuer: server.issuer, matches, hasTenants, audience, times }
  const { accepts } = format as { readonly accepts?: OpaqueVerifier['accepts'] }
  return { accepts, fetchClaims: createFetch(rules), rules, reading }
}
