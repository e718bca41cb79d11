/** The completion of the handler's response. */

import type { AnonymousContext, AuthContext } from '../contract/context.ts'
import { setCorsHeaders } from '../http/cors.ts'
import { nonceOf } from '../resource/context-facts.ts'
import { type EndpointState, type ProtectedResource, stateOf } from '../resource/state.ts'
import { responseUntilExpiry } from './stream-expiry.ts'

/**
 * Completes the response to an authenticated request: adds CORS headers, `Cache-Control: private` where
 * the handler set none, and the next DPoP nonce where the client's expires soon, and ends streams with
 * their token (see `endStreamsAtExpiry`). `protect` and the adapters do this for you.
 *
 * @param response The handler's response. Its headers are changed in place where they can be; a
 * 101 and `undefined` pass through untouched.
 * @param request The request of this response.
 * @param auth The context the handler was given.
 * @param resource The resource.
 * @returns The response to send.
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
  if (response === undefined || response.status === 101) return response
  const state = stateOf(resource)
  const ending = responseUntilExpiry(response, request, auth, state)
  const nonce = state.binding.dpop === undefined ? undefined : nonceOf(auth)
  const complete = (headers: Headers): void =>
    completeHeaders(headers, request, state.endpoint, nonce)
  try {
    complete(ending.headers)
    return ending
  } catch {
    // Headers of a fetched response are immutable.
    const copy = new Response(ending.body, ending)
    complete(copy.headers)
    return copy
  }
}

function completeHeaders(
  headers: Headers,
  request: Request,
  { origins }: EndpointState,
  nonce: string | undefined,
): void {
  if (nonce !== undefined) {
    headers.set('DPoP-Nonce', nonce)
    // RFC 9449 §8.2: a nonce from a cache would have expired.
    headers.set('Cache-Control', 'no-store')
  }
  if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'private')
  setCorsHeaders(headers, request.headers.get('Origin'), origins)
}
