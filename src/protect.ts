/** A resource server as one function: metadata, CORS, authentication, and the handler. */

import type { AnonymousContext, AuthContext } from './contract/context.ts'
import type { HostFacts } from './contract/ports.ts'
import type { Requirements } from './contract/requirements.ts'
import { guard } from './guard.ts'
import type { ResourceSource } from './response/choose-resource.ts'
import { completeResponse } from './response/complete-response.ts'

/**
 * Wraps a handler so that it runs only for authorized requests. The wrapper also serves the metadata of
 * the resource, preflights, challenges, and CORS and caching headers.
 *
 * An `AuthError` that the handler throws (by {@link requireScopes}, for example) becomes its response, and
 * so does an `ExchangeError`; other errors pass on to the host.
 *
 * With one resource every path is guarded, except the path of its `metadataUrl`. With a list, the request is for the resource with the longest
 * path that its own path lies under; a path under none of them is a 404.
 *
 * @param resource The protected resource, a list of them, or a function that chooses one.
 * @param handler Receives the request (unchanged, except for the session id where the resource has `sessions`), the verified context, and the host's arguments.
 * @param requirements What requests need beyond the resource's own requirements. A function of the
 * request is called only for paths that every router reads alike; other paths are a 400. It must return an
 * object; `undefined` is a `TypeError`. With `optional: true` requests without credentials pass as anonymous.
 * @param host For adapters: facts about a request that only the host knows.
 * @returns A fetch handler; it passes further arguments on (`env, ctx` on Workers).
 * @throws {ConfigError} If two resources of a list share a path, or `requirements` have mistakes.
 * @example
 * ```ts
 * const handle = protect(notes, (request, auth) =>
 *   Response.json({ method: request.method, user: auth.subject }),
 * )
 * ```
 */
export function protect<Rest extends unknown[]>(
  resource: ResourceSource<Rest>,
  handler: (
    request: Request,
    auth: AuthContext | AnonymousContext,
    ...rest: Rest
  ) => Response | Promise<Response>,
  requirements:
    | (Requirements & { optional: true })
    | ((request: Request, ...rest: Rest) => Requirements & { optional: true }),
  host?: (request: Request, ...rest: Rest) => HostFacts | undefined,
): (request: Request, ...rest: Rest) => Promise<Response>
export function protect<Rest extends unknown[]>(
  resource: ResourceSource<Rest>,
  handler: (request: Request, auth: AuthContext, ...rest: Rest) => Response | Promise<Response>,
  requirements?:
    | (Requirements & { optional?: false | undefined })
    | ((request: Request, ...rest: Rest) => Requirements & { optional?: false | undefined }),
  host?: (request: Request, ...rest: Rest) => HostFacts | undefined,
): (request: Request, ...rest: Rest) => Promise<Response>
export function protect<Rest extends unknown[]>(
  resource: ResourceSource<Rest>,
  // The overloads promise each handler the context it takes; here it may be given any.
  handler: (request: Request, auth: never, ...rest: Rest) => Response | Promise<Response>,
  requirements?: Requirements | ((request: Request, ...rest: Rest) => Requirements),
  host?: (request: Request, ...rest: Rest) => HostFacts | undefined,
): (request: Request, ...rest: Rest) => Promise<Response> {
  return guard(resource, handler, requirements, host, completeResponse)
}
