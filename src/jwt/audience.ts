/** The audiences of a token, compared with those that a resource accepts (RFC 7519 §4.1.3). */

import type { RejectionReason } from '../contract/rejection-reason.ts'
import { isTextList, type JsonObject } from '../lib/json.ts'
import { ownClaim } from './read-claims.ts'

/** The audiences that a resource accepts in the tokens of one server. */
export interface AudiencePolicy {
  readonly resource: string
  readonly accepted: readonly string[]
  readonly allowMissing: boolean
  /** The claim that is read in place of an absent `aud`. */
  readonly substitute: string | undefined
}

/** The audiences of a token, and the accepted one among them. */
export interface AudienceMatch {
  readonly audience: readonly string[]
  /** The accepted value that was found, the resource first; `undefined` if there is none. */
  readonly matched: string | undefined
  readonly isAccepted: boolean
}

/**
 * Compares whole strings (RFC 7519 §4.1.3): no prefixes, no normalisation. An `aud` that is neither
 * a string nor a list of strings contains no audience.
 */
export function matchAudience(claims: JsonObject, policy: AudiencePolicy): AudienceMatch {
  const audience = audienceOf(claims, policy.substitute)
  if (audience === undefined) {
    return { audience: [], matched: undefined, isAccepted: policy.allowMissing }
  }
  // The resource first: ID tokens never contain it, so fewer checks follow a match.
  const { accepted, resource } = policy
  const matched =
    accepted.includes(resource) && audience.includes(resource)
      ? resource
      : accepted.find((each) => audience.includes(each))
  return { audience, matched, isAccepted: matched !== undefined }
}

/**
 * The rejection of a token for another audience. The audience of the token is given once its signature was verified:
 * events contain none of a forged token.
 */
export function audienceRejection(
  { accepted }: AudiencePolicy,
  received?: readonly string[],
): RejectionReason {
  const claim = received?.length === 0 ? 'aud' : undefined
  return { code: 'token_audience', expected: accepted, received, claim }
}

function audienceOf(claims: JsonObject, substitute: string | undefined): string[] | undefined {
  const { aud } = claims
  if (typeof aud === 'string') return [aud]
  if (aud !== undefined) return isTextList(aud) ? aud : []
  const replacement = substitute === undefined ? undefined : ownClaim(claims, substitute)
  return typeof replacement === 'string' ? [replacement] : undefined
}
