/** The challenges of a rejection: one for each scheme that is offered, with the error in the one used. */

import type { WireError } from '../contract/error-table.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import type { Scheme } from '../http/authorization.ts'
import { type Challenge, formatChallenges } from '../http/challenge.ts'
import type { BindingState } from '../resource/binding.ts'
import { scopesToOffer } from '../resource/required-scopes.ts'
import type { ResourceState, ScopePolicy } from '../resource/state.ts'
import type { ScopeRequirement } from '../scope/requirement.ts'
import { formatScope, isScopeToken } from '../scope/scope.ts'

/** The parts of a resource that challenges depend on. */
type ChallengeState = Pick<ResourceState, 'identity' | 'scopes' | 'binding' | 'endpoint'>

/** A rejection on its way to the wire. */
interface RejectionFacts {
  readonly reason: RejectionReason
  readonly wire: WireError
  readonly request: Request | undefined
  readonly needed: ScopeRequirement
}

/**
 * Writes `WWW-Authenticate`: one challenge per scheme that is offered, Bearer first, because widely
 * deployed clients read no further. The challenge of the scheme that was used carries the error; where
 * that scheme is unknown, all challenges do (RFC 9449 §7.2).
 */
export function formatRejection(facts: RejectionFacts, state: ChallengeState): string {
  const used = schemesUsed(facts, state)
  return formatChallenges(
    schemesOffered(state.binding).map((scheme) =>
      challengeOf(scheme, used.includes(scheme), facts, state),
    ),
  )
}

const BEARER: readonly Scheme[] = ['Bearer']
const DPOP: readonly Scheme[] = ['DPoP']
const BOTH: readonly Scheme[] = ['Bearer', 'DPoP']

function schemesOffered({ dpop }: BindingState): readonly Scheme[] {
  if (dpop === undefined) return BEARER
  return dpop.required ? DPOP : BOTH
}

function schemesUsed(
  { reason, request }: RejectionFacts,
  { endpoint: { readToken }, binding: { dpop } }: ChallengeState,
): readonly Scheme[] {
  // Only Bearer is offered, and its challenge carries every error.
  if (readToken !== undefined || dpop === undefined) return BEARER
  if (request === undefined || reason.code === 'credentials_duplicate') return BOTH
  const scheme = /^(?:(bearer)|(dpop))(?: |$)/i.exec(request.headers.get('Authorization') ?? '')
  if (scheme === null) return BOTH
  return scheme[1] === undefined ? DPOP : BEARER
}

function challengeOf(
  scheme: Scheme,
  isUsed: boolean,
  facts: RejectionFacts,
  state: ChallengeState,
): Challenge {
  const { reason, wire } = facts
  const hasError = isUsed && wire.challenge === 'error'
  // The scopes of a 401 are for every client; those of a 403 concern the token that was sent.
  const hasScope = isUsed || wire.status === 401
  return {
    scheme,
    error: hasError ? wire.error : undefined,
    description: hasError ? wire.description : undefined,
    scope: hasScope ? formatScope(scopesNamed(facts, state.scopes)) : undefined,
    acrValues: isUsed ? reason.acrValues?.filter(isScopeToken).join(' ') : undefined,
    maxAge: isUsed ? reason.maxAgeSeconds : undefined,
    algs: scheme === 'DPoP' ? state.binding.dpop?.algs : undefined,
    resourceMetadata: state.identity.metadataUrl,
  }
}

/** A 401 names the scopes to request, a 403 the missing ones; a 400 names none. */
function scopesNamed(
  { reason, wire, needed }: RejectionFacts,
  scopes: ScopePolicy,
): readonly string[] {
  if (reason.scopes !== undefined) return reason.scopes
  return wire.status === 401 ? scopesToOffer(scopes, needed) : []
}
