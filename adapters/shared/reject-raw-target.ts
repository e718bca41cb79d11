/** What adapters have in common whose hosts hand on the target of a request as it was sent. */

import { isParsedForm } from '../../src/http/request-target.ts'
import { AuthError, challengeResponse, type ProtectedResource } from '../../src/index.ts'

/**
 * The refusal of a target that `new URL()` would change: `/notes/../admin` is one path for a router that
 * compares text, and another for one that parses it first.
 */
export function refuseRawTarget(
  request: Request,
  resource: ProtectedResource,
): Response | undefined {
  if (isParsedForm(request.url)) return undefined
  return challengeResponse(new AuthError('target_ambiguous'), resource, request)
}
