/**
 * The hot path: a token that was verified before, decided synchronously.
 *
 * MCP clients present the same token at every request, and such a decision takes about half a
 * microsecond. Every `await` costs 50 to 60 ns (measured on Node), so the steps of the pipeline would
 * double the price. This is the only place that repeats them in a synchronous form; every other call
 * goes through `pipeline.ts`.
 */

import type { AuthContext } from '../contract/context.ts'
import type { ResourceState } from '../resource/state.ts'
import { emitAccepted } from './accepted-event.ts'
import { NO_OPERATIONS, VerifiedContext } from './auth-context.ts'
import { checkSufficient, withGranted } from './authorize.ts'
import type { Call } from './call.ts'
import { isUnbound } from './check-binding.ts'
import { checkEndpoint } from './check-endpoint.ts'
import { lookUpToken } from './token-cache.ts'

/**
 * Decides the call if its token comes in `Authorization`, is cached and still valid, is not bound to
 * a key or a certificate, and is sufficient, and if the resource has no operations, no revocation and no
 * audit.
 *
 * @returns The context, or `undefined`: the pipeline decides, and rejects where it has to.
 */
export function decideKnownToken(call: Call, state: ResourceState): AuthContext | undefined {
  try {
    return decideCached(call, state)
  } catch {
    // The pipeline meets the same exception, and it becomes a 500.
    return undefined
  }
}

function decideCached(call: Call, state: ResourceState): AuthContext | undefined {
  const { request, requirements, needed } = call
  const { audit, endpoint, operations, revocation } = state
  if (request === undefined || endpoint.readToken !== undefined) return undefined
  if (operations !== undefined || revocation !== undefined || audit !== undefined) return undefined
  if (!checkEndpoint(request, state).ok) return undefined
  // In lower case: Node and Bun convert other spellings at every call.
  const text = request.headers.get('authorization')
  if (text === null) return undefined
  const token = lookUpToken(text, state.tokens, state.clock.now(), call.budget)
  if (token === undefined || !isUnbound(token.group.scheme, token, state.binding)) return undefined
  if (token.actor !== undefined && state.acceptActors !== undefined) return undefined
  if (!checkSufficient(token, needed, requirements, state).ok) return undefined
  emitAccepted(token, call, state, true)
  const granted = withGranted(needed, token, state.scopes)
  return new VerifiedContext(
    token.credentialsIn(text),
    token,
    state.identity,
    NO_OPERATIONS,
    granted,
  )
}
