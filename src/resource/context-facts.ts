/**
 * Facts that travel with a context for later steps: the scopes its request needs, and the next DPoP
 * nonce. Their keys are symbols, so JSON does not contain them, and enumerable, so a copy by spread does.
 */

import type { AnonymousContext, AuthContext } from '../contract/context.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import { isObject } from '../lib/json.ts'
import type { NeededScopes } from './required-scopes.ts'

/** The key of the needed scopes. Shared with other copies of this package in one program. */
export const NEEDED = Symbol.for('mcp-gatehouse.needed')

/** The key of the nonce that the response sends to the client (RFC 9449 §8.2). */
export const NONCE = Symbol.for('mcp-gatehouse.nonce')

/**
 * The key of the context of an earlier guard of the same resource, in the facts of the host. That guard has accepted this
 * very request, and has consumed its evidence.
 */
export const ACCEPTED = Symbol.for('mcp-gatehouse.accepted')

/**
 * The key of a function, in the facts of the host, that is called once the request is rejected: a reason that it returns
 * replaces that of the rejection.
 */
export const REJECTED = Symbol.for('mcp-gatehouse.rejected')

/** Facts of a host that may know why a request is rejected. */
export interface Rejecting {
  readonly [REJECTED]?: () => RejectionReason | undefined
}

/** The needed scopes of a context or a copy of one; `undefined` for everything else. */
export function neededOf(auth: unknown): NeededScopes | undefined {
  const needed = isObject(auth) ? (auth as { [NEEDED]?: NeededScopes })[NEEDED] : undefined
  return isObject(needed) ? needed : undefined
}

/** The nonce to send with the response; `undefined` where the client's is still young. */
export function nonceOf(auth: AuthContext | AnonymousContext): string | undefined {
  return (auth as { [NONCE]?: string })[NONCE]
}

/** Whether a context was created for this resource. */
export function isContextOf(
  value: unknown,
  identifier: string,
): value is AuthContext | AnonymousContext {
  return neededOf(value) !== undefined && (value as AuthContext).identifier === identifier
}
