/** The checks of a request before its credentials are read: its origin, and GET for an event stream. */

import type { RejectionReason } from '../contract/rejection-reason.ts'
import { isOriginAllowed } from '../http/cors.ts'
import { fail, PASSED } from '../lib/result.ts'
import { parseUrl } from '../lib/safe-url.ts'
import type { ResourceState } from '../resource/state.ts'
import type { StepResult } from './call.ts'

const ORIGIN_NOT_ALLOWED = /* @__PURE__ */ fail<RejectionReason>({ code: 'origin_refused' })

/**
 * Checks the origin (MCP Streamable HTTP, Security Warning) and the method.
 *
 * Fails with
 * - `origin_refused` — a browser page of an origin that is not allowed
 * - `credentials_missing` with `allow` — a GET of the endpoint where `getStream` is `false`
 */
export function checkEndpoint(
  request: Request,
  { endpoint, identity, sessions }: Pick<ResourceState, 'endpoint' | 'identity' | 'sessions'>,
): StepResult<undefined> {
  if (!isOriginAllowed(request.headers.get('origin'), endpoint.origins)) return ORIGIN_NOT_ALLOWED
  // Only the resource's own path is the MCP endpoint; paths below it belong to the application.
  const isStreamRequest =
    !endpoint.offersGetStream &&
    request.method === 'GET' &&
    parseUrl(request.url)?.pathname === identity.url.pathname
  if (!isStreamRequest) return PASSED
  return fail({
    code: 'credentials_missing',
    allow: sessions === undefined ? 'POST' : 'POST, DELETE',
    description: 'There is no event stream here; send messages with POST.',
    isSilent: true,
  })
}
