/** Session ids of requests: opened for the handler if they belong to the principal of the request. */

import type { AnonymousContext, AuthContext, Rejection } from '../contract/context.ts'
import { type HostFacts, hostFact } from '../contract/ports.ts'
import { RequestBudget } from '../documents/request-budget.ts'
import { overlay } from '../lib/overlay.ts'
import { neededOf } from '../resource/context-facts.ts'
import { type ProtectedResource, type ResourceState, stateOf } from '../resource/state.ts'
import { rejectionResponse } from './rejection.ts'

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
  const opened = await openSessionId(request, auth, resource, host)
  if (opened === undefined) return request
  if (typeof opened !== 'string') return opened
  const headers = new Headers(request.headers)
  headers.set(SESSION_HEADER, opened)
  return withHeaders(request, headers)
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
  if (state.sessions === undefined) return undefined
  const rejected = { request, needed: neededOf(auth) ?? state.scopes.required }
  const owner = state.sessions.ownerOf(auth)
  if (owner === undefined) return rejectionResponse({ code: 'principal_missing' }, state, rejected)
  // `get` joins two values by a comma and a blank, which no sealed id contains.
  const sealed = request.headers.get(SESSION_HEADER)
  if (sealed === null) return undefined
  const id = await state.sessions.open(sealed, owner)
  return id ?? rejectUnknown(request, auth, state, host)
}

/** Whether requests to this resource have session ids to open: most have none, and need no `await`. */
export function hasSessions(resource: ProtectedResource): boolean {
  return stateOf(resource).sessions !== undefined
}

async function rejectUnknown(
  request: Request,
  auth: AuthContext | AnonymousContext,
  state: ResourceState,
  host: Pick<HostFacts, 'waitUntil'> | undefined,
): Promise<Rejection> {
  const reason = { code: 'session_unknown' } as const
  const needed = neededOf(auth) ?? state.scopes.required
  const response = rejectionResponse(reason, state, { request, needed })
  const call = {
    request,
    needed,
    budget: new RequestBudget(hostFact(host, 'waitUntil')),
    trail: undefined,
  }
  if (state.audit !== undefined) {
    await state.audit.write(call, { auth, reason, status: response.status })
  }
  return response
}

function withHeaders(request: Request, headers: Headers): Request {
  if (!request.bodyUsed) {
    try {
      return new Request(request, { headers, signal: request.signal })
    } catch {
      // Not a `Request` of this host's own class: a framework's view of one.
    }
  }
  // A framework has read the body and holds its result.
  return overlay(request, { headers })
}
