/** For hosts that pass on the request target as the client sent it: Node and Deno. */

import { isParsedForm } from '../../src/http/request-target.ts'
import { AuthError, challengeResponse, type ProtectedResource } from '../../src/index.ts'

/**
 * Rejects a target that `new URL()` would change. `/notes/../admin` is one path for a router that
 * compares text, and another for a router that parses the URL first.
 */
export function rejectRawTarget(
  request: Request,
  resource: ProtectedResource,
): Response | undefined {
  if (isParsedForm(request.url)) return undefined
  return challengeResponse(new AuthError('target_ambiguous'), resource, request)
}
