/** The event about a call that passed. */

import { durationSince, emit } from '../contract/events.ts'
import type { VerifiedToken } from '../jwt/verified-token.ts'
import type { ResourceState } from '../resource/state.ts'
import type { Call } from './call.ts'

/** @param cached Whether the token had been verified before. */
export function emitAccepted(
  { authority: issuer }: VerifiedToken,
  { startedMs }: Pick<Call, 'startedMs'>,
  { events, identity }: Pick<ResourceState, 'events' | 'identity'>,
  cached: boolean,
): void {
  if (events.onEvent === undefined) return
  const event = { type: 'accepted', resource: identity.identifier, issuer, cached } as const
  emit(events.onEvent, startedMs === undefined ? event : { ...event, ...durationSince(startedMs) })
}
