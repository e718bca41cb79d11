/** CORS preflights, which browsers send before a request with credentials. */

import { buildPreflight, isOriginAllowed, isPreflight } from '../http/cors.ts'
import { type ProtectedResource, stateOf } from '../resource/state.ts'
import { rejectionResponse } from './rejection.ts'

/**
 * Responds to CORS preflights, which never carry credentials (Fetch §3.3.2): call it before
 * {@link authenticate}.
 *
 * @param request Any request.
 * @param resource The resource it is for.
 * @returns `undefined` if the request is not a preflight; 204 with the headers a browser needs; 403 if the
 * origin is not allowed.
 * @example
 * ```ts
 * async function answerBrowsers(request: Request): Promise<Response> {
 *   const preflight = preflightResponse(request, notes)
 *   if (preflight !== undefined) return preflight
 *   return handle(request)
 * }
 * ```
 */
export function preflightResponse(
  request: Request,
  resource: ProtectedResource,
): Response | undefined {
  if (!isPreflight(request)) return undefined
  const state = stateOf(resource)
  const { endpoint, scopes } = state
  return isOriginAllowed(request.headers.get('Origin'), endpoint.origins)
    ? buildPreflight(request, endpoint.origins)
    : rejectionResponse({ code: 'origin_refused' }, state, { request, needed: scopes.required })
}
