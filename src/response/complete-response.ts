/** The completion of the handler's response. */

import type { AnonymousContext, AuthContext, Rejection } from '../contract/context.ts'
import { warn } from '../contract/events.ts'
import { addVary, setCorsHeaders } from '../http/cors.ts'
import { type HeadFields, type ResponseHead, withBody } from '../http/response-head.ts'
import { nonceOf } from '../resource/context-facts.ts'
import {
  type EndpointState,
  type ProtectedResource,
  type ResourceState,
  stateOf,
} from '../resource/state.ts'
import { SESSION_HEADER } from './open-session.ts'
import { responseUntilExpiry } from './stream-expiry.ts'

/**
 * Completes the response to an authenticated request. `protect` and the adapters do this for you.
 *
 * - Adds CORS headers, `Cache-Control: private` if the handler set none, `Vary: Authorization` if a browser may
 * reuse the response (`*` where `token` reads it elsewhere), and the next DPoP nonce if the client's expires soon.
 * - Seals `Mcp-Session-Id` if the resource has `sessions`.
 * - Ends streams with their token (see `endStreamsAtExpiry`).
 *
 * @param response The handler's response. Its headers are changed in place where they can be; a
 * 101 and `undefined` pass through untouched.
 * @param request The request of this response.
 * @param auth The context the handler was given.
 * @param resource The resource.
 * @returns The response to send. With `sessions`, a session id that is not 1 to 512 visible ASCII characters
 * makes it a 500.
 * @example
 * ```ts
 * async function complete(request: Request): Promise<Response> {
 *   const auth = await authenticate(request, notes)
 *   if (!auth.ok) return auth
 *   return completeResponse(new Response('done'), request, auth, notes)
 * }
 * ```
 */
export function completeResponse(
  response: Response,
  request: Request,
  auth: AuthContext | AnonymousContext,
  resource: ProtectedResource,
): Response {
  return completeHead(response, request, auth, resource)
}

/** The same for what a host sends instead of a `Response`. */
export function completeHead<Head extends ResponseHead>(
  response: Head,
  request: Request,
  auth: AuthContext | AnonymousContext,
  resource: ProtectedResource,
): Head | Response {
  if (response === undefined || response.status === 101) return response
  const state = stateOf(resource)
  // In lower case: Node and Bun convert other spellings at every call.
  const sealed = response.headers.has('mcp-session-id')
    ? sealSession(response, request, auth, state)
    : undefined
  if (typeof sealed === 'object') return sealed
  const nonce = state.binding.dpop && nonceOf(auth)
  const complete = <Any extends ResponseHead>(head: Any): Any | Response => {
    if (sealed !== undefined) head.headers.set(SESSION_HEADER, sealed)
    completeHeaders(head.headers, request, state.endpoint, nonce)
    return responseUntilExpiry(head, request, auth, state)
  }
  try {
    return complete(response)
  } catch {
    // Headers of a fetched response are immutable.
    return complete(withBody(response, response.body))
  }
}

/** The id for the client; `undefined`: the handler's id passes unchanged. */
function sealSession(
  response: ResponseHead,
  request: Request,
  auth: AuthContext | AnonymousContext,
  state: ResourceState,
): string | Rejection | undefined {
  const { sessions, events, identity } = state
  if (sessions !== undefined) return sessions.sealId(response, request, auth, state)
  if (!events.warned.has('sessions')) {
    events.warned.add('sessions')
    warn(events.onEvent, { path: 'sessions', message: UNBOUND }, identity.identifier)
  }
  return undefined
}

const UNBOUND =
  'is not set, and the handler creates sessions (Mcp-Session-Id): unless it binds them itself, a session can be used with the token of another user'

function completeHeaders(
  headers: HeadFields,
  request: Request,
  { origins, readToken }: EndpointState,
  nonce: string | undefined,
): void {
  if (nonce !== undefined) {
    headers.set('DPoP-Nonce', nonce)
    // RFC 9449 §8.2: a nonce from a cache would have expired.
    headers.set('Cache-Control', 'no-store')
  }
  const caching = headers.get('cache-control')
  if (caching === null) headers.set('Cache-Control', 'private')
  setCorsHeaders(headers, request.headers.get('origin'), origins)
  // RFC 9111 §3.5 is about shared caches only: Chromium reuses `private, max-age=60` with another token.
  const mayBeReused = caching === null ? isDated(request, headers) : !UNCACHED.test(caching)
  // Which field the application's `token` function reads is unknown, and shared caches see no credentials there.
  if (mayBeReused) addVary(headers, readToken === undefined ? 'Authorization' : '*')
}

/** Not `no-cache="Set-Cookie"`, which is about that field only (RFC 9111 §5.2.2.4). */
const UNCACHED = /(?:^|[\s,])no-(?:store|cache)\s*(?:,|$)/i

/** RFC 9111 §4.2: without `Cache-Control`, these fields let a browser reuse the response to a GET. */
function isDated({ method }: Request, headers: HeadFields): boolean {
  return method === 'GET' && (headers.has('expires') || headers.has('last-modified'))
}
