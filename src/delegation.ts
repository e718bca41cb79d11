/** The actors of a context as a list. */

import type { Actor } from './contract/actor.ts'
import type { AnonymousContext, AuthContext } from './contract/context.ts'
import { ownMember } from './lib/own-members.ts'

/**
 * Lists the actors of a context: the current actor first, then the previous ones.
 *
 * Only the first actor may decide. RFC 8693 §4.1: the others are for information only and must not
 * affect access control.
 *
 * @param auth The context that {@link authenticate} returned, or a copy of it.
 * @returns The actors, newest first; empty for a token without `act` and for anonymous contexts.
 * @example
 * ```ts
 * function describeDelegation(auth: AuthContext): string {
 *   const actors = delegation(auth).map(({ subject, clientId }) => subject ?? clientId)
 *   return [auth.subject, ...actors].join(' through ')
 * }
 * ```
 * @see {@link https://www.rfc-editor.org/rfc/rfc8693.html#section-4.1 RFC 8693 §4.1}
 */
export function delegation(auth: AuthContext | AnonymousContext): readonly Actor[] {
  const actors: Actor[] = []
  let actor = auth.anonymous ? undefined : ownMember(auth, 'actor')
  for (; actor !== undefined; actor = actor.actor) actors.push(actor)
  return Object.freeze(actors)
}
