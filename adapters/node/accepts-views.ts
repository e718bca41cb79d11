/** Where a view of Node's request takes the place of a `Request`, which costs more. */

import { READS_VIEWS } from '../../src/http/upstream.ts'
import type { ProtectedResource } from '../../src/index.ts'
import { hasSessions } from '../../src/response/open-session.ts'

/**
 * Whether a request is decided by a view. Functions of the application may copy their request, and an opened session id
 * needs a `Request` of its own: these get a real one.
 */
export function isDecidedByView(resource: unknown, requirements: unknown): boolean {
  if ([resource, requirements].some((each) => typeof each === 'function')) return false
  return ![resource as ProtectedResource | readonly ProtectedResource[]].flat().some(hasSessions)
}

/** Whether the handler reads a request by its method, URL and header fields, as a gateway does. */
export function readsViews(handler: object): boolean {
  const { [READS_VIEWS]: isMarked } = handler as { [READS_VIEWS]?: boolean }
  return isMarked === true
}
