/** Session ids of requests, for `protect`, the adapters and callers of `authenticate`. */

import type { AnonymousContext, AuthContext, Rejection } from '../contract/context.ts'
import type { HostFacts } from '../contract/ports.ts'
import { type ProtectedResource, stateOf } from '../resource/state.ts'

/** The header field of a session (MCP 2025-03-26 to 2025-11-25). */
export const SESSION_HEADER = 'Mcp-Session-Id'

/**
 * Opens the session id of an authenticated request, for callers of {@link authenticate}. Call it before
 * your handler, and {@link completeResponse} with the response, which seals the id again. `protect` and the
 * adapters do both.
 *
 * Checks, where the resource has `sessions`: that the token names a user or a client; that there is one
 * `Mcp-Session-Id` of at most 1,024 characters; that it was sealed for this resource and this principal.
 *
 * Does not check that the session exists: your handler knows its own ids.
 *
 * @param request The authenticated request. Its body moves to the returned request.
 * @param auth The context that {@link authenticate} returned.
 * @param resource The resource.
 * @param host Its `waitUntil`, where the host has one: a promise of `audit` is passed to it.
 * @returns The request for your handler, with the handler's own id; the same object where there is nothing to
 * open. Or the response to send instead:
 *
 * - 403 without challenge — the token names neither a user nor a client
 * - 404 — any other id, whatever is wrong with it
 * @example
 * ```ts
 * async function serveSession(request: Request): Promise<Response> {
 *   const auth = await authenticate(request, notes)
 *   if (!auth.ok) return auth
 *   const opened = await openSession(request, auth, notes)
 *   if (!('method' in opened)) return opened
 *   const response = new Response(opened.headers.get('Mcp-Session-Id'))
 *   return completeResponse(response, request, auth, notes)
 * }
 * ```
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#session-hijacking MCP Security Best Practices}
 */
export async function openSession(
  request: Request,
  auth: AuthContext | AnonymousContext,
  resource: ProtectedResource,
  host?: Pick<HostFacts, 'waitUntil'> | undefined,
): Promise<Request | Rejection> {
  const state = stateOf(resource)
  return state.sessions?.openRequest(request, auth, state, host) ?? request
}

/**
 * The handler's id for the request, for adapters that replace the header field themselves.
 *
 * @returns `undefined` if there is nothing to open.
 */
export async function openSessionId(
  request: Request,
  auth: AuthContext | AnonymousContext,
  resource: ProtectedResource,
  host?: Pick<HostFacts, 'waitUntil'>,
): Promise<string | Rejection | undefined> {
  const state = stateOf(resource)
  return state.sessions?.openId(request, auth, state, host)
}

/** Whether requests to this resource have session ids to open: most have none, and need no `await`. */
export function hasSessions(resource: ProtectedResource): boolean {
  return stateOf(resource).sessions !== undefined
}
