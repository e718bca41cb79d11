/** The event about a call that passed. */

import { durationSince, emit, type UnenforcedRejection } from '../contract/events.ts'
import type { VerifiedToken } from '../jwt/verified-token.ts'
import type { ResourceState } from '../resource/state.ts'

/**
 * @param cached Whether the token had been verified before.
 * @param unenforced The rejection that `decisionMode: 'report'` did not enforce.
 */
export function emitAccepted(
  { authority: issuer }: VerifiedToken,
  startedMs: number | undefined,
  { events, identity }: Pick<ResourceState, 'events' | 'identity'>,
  cached: boolean,
  unenforced?: UnenforcedRejection,
): void {
  if (events.onEvent === undefined) return
  const accepted = { type: 'accepted', resource: identity.identifier, issuer, cached } as const
  const event = unenforced === undefined ? accepted : { ...accepted, unenforced }
  emit(events.onEvent, startedMs === undefined ? event : { ...event, ...durationSince(startedMs) })
}
