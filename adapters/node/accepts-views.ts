/** Whether a gateway gets a view of Node's request instead of a `Request`, which costs more. */

import { READS_VIEWS } from '../../src/http/upstream.ts'
import type { ProtectedResource } from '../../src/index.ts'
import { hasSessions } from '../../src/response/open-session.ts'

/**
 * Functions of the application may copy their request, and an opened session id needs a `Request` of its
 * own: these get a real one.
 */
export function acceptsViews(handler: object, resource: unknown, requirements: unknown): boolean {
  const { [READS_VIEWS]: isMarked } = handler as { [READS_VIEWS]?: boolean }
  if (isMarked !== true || [resource, requirements].some((each) => typeof each === 'function')) {
    return false
  }
  return ![resource as ProtectedResource | readonly ProtectedResource[]].flat().some(hasSessions)
}
