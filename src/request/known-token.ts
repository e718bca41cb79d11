/**
 * The hot path: a token that was verified before, decided synchronously.
 *
 * MCP clients present the same token at every request, and such a decision takes about half a
 * microsecond. Every `await` costs 50 to 60 ns (measured on Node), so the steps of the pipeline would
 * double the price. This is the only place that repeats them in a synchronous form; every other call
 * goes through `pipeline.ts`.
 */

import type { AuthContext } from '../contract/context.ts'
import { startTiming } from '../contract/events.ts'
import type { CachedToken } from '../resource/cached-token.ts'
import type { ResourceState, ServerState } from '../resource/state.ts'
import { isSatisfied } from '../scope/requirement.ts'
import { emitAccepted } from './accepted-event.ts'
import { NO_OPERATIONS, VerifiedContext } from './auth-context.ts'
import { isAuthenticatedEnough, withGranted } from './authorize.ts'
import type { Call } from './call.ts'
import { isUnbound } from './check-binding.ts'
import { checkEndpoint } from './check-endpoint.ts'
import { lookUpToken } from './token-cache.ts'

/** The parts of a request that were read before the pipeline decides: reading a field again costs as much as several steps. */
export interface Reading {
  /** Distinguishes it from a context. */
  readonly ok: false
  /** The value of `Authorization`; empty without one. */
  readonly text: string
  /** What the cache has for these credentials. */
  readonly cached: CachedToken<ServerState> | undefined
}

/**
 * Decides the request under two conditions. Its token comes in `Authorization`, is cached and still valid,
 * is not bound to a key or a certificate, and has the scopes. The resource has no operations, no revocation
 * and no audit.
 *
 * @param call Without one, the request needs what the resource requires, and nothing else is known of it:
 * most requests are decided before anything is created for them but their context.
 * @returns The context. Otherwise the pipeline decides: without the checks of origin and method if there is a reading, or
 * with all checks if not.
 */
export function decideKnownToken(
  request: Request,
  state: ResourceState,
  call?: Call,
): AuthContext | Reading | undefined {
  try {
    return decideCached(request, state, call)
  } catch {
    // The pipeline meets the same exception, and it becomes a 500.
    return undefined
  }
}

function decideCached(
  request: Request,
  state: ResourceState,
  call: Call | undefined,
): AuthContext | Reading | undefined {
  const { endpoint, events, scopes } = state
  if (state.operations !== undefined || state.revocation !== undefined) return undefined
  if (state.audit !== undefined || endpoint.readToken !== undefined) return undefined
  const startedMs = call === undefined ? startTiming(events.measuresDurations) : call.startedMs
  if (!checkEndpoint(request, state).ok) return undefined
  // In lower case: Node and Bun convert other spellings at every call.
  const text = request.headers.get('authorization')
  if (text === null) return { ok: false, text: '', cached: undefined }
  const token = lookUpToken(text, state.tokens, state.clock.now(), call?.budget)
  if (token === undefined || !isUnbound(token.group.scheme, token, state.binding)) {
    return { ok: false, text, cached: token }
  }
  if (token.actor !== undefined && state.acceptActors !== undefined) return undefined
  const needed = call === undefined ? scopes.required : call.needed
  if (token.group.sufficientFor !== needed) {
    if (!isSatisfied(needed, token.scopes)) return undefined
    if (call === undefined) token.group.sufficientFor = needed
  }
  const requirements = call?.requirements
  if (requirements !== undefined && !isAuthenticatedEnough(token, requirements, state.clock)) {
    return undefined
  }
  if (events.onEvent !== undefined) emitAccepted(token, startedMs, state, true)
  return new VerifiedContext(
    token.credentialsIn(text),
    token,
    state.identity,
    NO_OPERATIONS,
    scopes.repeatGrantedScopes ? withGranted(needed, token, scopes) : needed,
  )
}
