/** The challenges of a refusal: which schemes are offered, and which of them hears what was wrong. */

import type { RejectionReason } from '../contract/rejection-reason.ts'
import type { Scheme } from '../http/authorization.ts'
import { type Challenge, formatChallenges } from '../http/challenge.ts'
import type { WireError } from '../http/error-table.ts'
import { scopesToOffer } from '../request/authorize.ts'
import type { ResourceState } from '../resource/state.ts'
import type { ScopeRequirement } from '../scope/requirement.ts'
import { formatScope } from '../scope/scope.ts'

/** What is refused, and what is known of it. */
export interface RefusedCase {
  readonly reason: RejectionReason
  readonly wire: WireError
  readonly status: number
  readonly request: Request | undefined
  readonly needed: ScopeRequirement
}

/**
 * Writes `WWW-Authenticate`: one challenge per scheme that is offered, Bearer first, because widely
 * deployed clients read no further. The error goes to the scheme that was used, and to all only where
 * that cannot be told (RFC 9449 §7.2).
 */
export function formatRejection(refused: RefusedCase, state: ResourceState): string {
  const used = schemesUsed(refused, state)
  return formatChallenges(
    schemesOffered(state).map((scheme) =>
      challengeOf(scheme, used.includes(scheme), refused, state),
    ),
  )
}

const BEARER: readonly Scheme[] = ['Bearer']
const DPOP: readonly Scheme[] = ['DPoP']
const BOTH: readonly Scheme[] = ['Bearer', 'DPoP']

function schemesOffered({ dpop }: ResourceState): readonly Scheme[] {
  if (dpop === undefined) return BEARER
  return dpop.required ? DPOP : BOTH
}

function schemesUsed(
  { reason, request }: RefusedCase,
  { readToken, dpop }: ResourceState,
): readonly Scheme[] {
  // What is malformed in a scheme that is not offered is told in the only one that is.
  if (readToken !== undefined || dpop === undefined) return BEARER
  if (request === undefined || reason.code === 'credentials_duplicate') return BOTH
  const scheme = /^(?:(bearer)|(dpop))(?: |$)/i.exec(request.headers.get('Authorization') ?? '')
  if (scheme === null) return BOTH
  return scheme[1] === undefined ? DPOP : BEARER
}

function challengeOf(
  scheme: Scheme,
  isUsed: boolean,
  { reason, wire, status, needed }: RefusedCase,
  state: ResourceState,
): Challenge {
  const hasError = isUsed && wire.challenge === 'error'
  // What to ask for is news for every client; what this token lacks, only for the one that sent it.
  const hasScope = isUsed || status === 401
  return {
    scheme,
    error: hasError ? wire.error : undefined,
    description: hasError ? wire.description : undefined,
    scope: hasScope ? formatScope(scopesNamed(reason, status, state, needed)) : undefined,
    acrValues: isUsed ? reason.acrValues?.join(' ') : undefined,
    maxAge: isUsed ? reason.maxAgeSeconds : undefined,
    algs: scheme === 'DPoP' ? state.dpop?.algs : undefined,
    resourceMetadata: state.metadataUrl,
  }
}

/** A 401 tells a client what to ask for; a 403 what is missing; a 400 that it has to be mended first. */
function scopesNamed(
  reason: RejectionReason,
  status: number,
  state: ResourceState,
  needed: ScopeRequirement,
): readonly string[] {
  if (reason.scopes !== undefined) return reason.scopes
  return status === 401 ? scopesToOffer(state, needed) : []
}
