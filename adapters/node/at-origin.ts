/** The origin that requests get: that of their resource. */

import type { AuthContext, ProtectedResource, ResourceSource } from '../../src/index.ts'
import { pathAndQueryOf } from '../shared/path-and-query.ts'

/**
 * If a function chose the resource, its origin is known only now: the handler gets a URL with it.
 *
 * @param prefix The expected origin with a slash. Most requests are at it, and then no URL is parsed.
 */
export function atOrigin(request: Request, { identifier }: AuthContext, prefix: string): Request {
  if (identifier.startsWith(prefix) && request.url.startsWith(prefix)) return request
  const { origin } = new URL(identifier)
  if (request.url.startsWith(`${origin}/`)) return request
  return new Request(`${origin}${pathAndQueryOf(request.url)}`, request)
}

/** The origin that is expected; a placeholder where a function chooses the resource. */
export function originOf<Rest extends unknown[]>(resource: ResourceSource<Rest>): string {
  const [first] = [resource].flat() as (ProtectedResource | (() => unknown) | undefined)[]
  return typeof first === 'object' ? new URL(first.identifier).origin : 'http://localhost'
}
