/** A resource server as one function: metadata, CORS, authentication, and the handler. */

import { authenticate, challengeResponse } from './authenticate.ts'
import { checkHandler, checkRequest, checkResponse } from './check-request.ts'
import { checkRequirements } from './check-requirements.ts'
import type { AnonymousContext, AuthContext } from './contract/context.ts'
import type { HostFacts } from './contract/ports.ts'
import type { Requirements } from './contract/requirements.ts'
import { isRejection } from './contract/thrown-rejection.ts'
import { hasOneReading } from './http/request-target.ts'
import { stateOf } from './resource/state.ts'
import {
  type Choice,
  chooseByFunction,
  createPathChooser,
  type ResourceSource,
  rejectTarget,
  type SourceFunction,
} from './response/choose-resource.ts'
import { completeResponse } from './response/complete-response.ts'
import {
  authorizationServerMetadataResponse,
  furtherMetadataResponse,
  metadataResponse,
  unpublishedResponse,
} from './response/metadata-responses.ts'
import { hasSessions, openSession } from './response/open-session.ts'
import { preflightResponse } from './response/preflight.ts'

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
  checkHandler(handler)
  if (typeof requirements !== 'function') {
    checkRequirements(requirements, typeof resource === 'function' ? undefined : resource)
  }
  const chooseByPath = typeof resource === 'function' ? undefined : createPathChooser(resource)
  return async (request, ...rest) => {
    // A program may use this function as middleware of Express.
    checkRequest(request, 'protect', 'protect')
    const choice =
      chooseByPath === undefined
        ? await chooseByFunction(resource as SourceFunction<Rest>, request, rest)
        : chooseByPath(request)
    if (!choice.ok) return choice.error
    const chosen = choice.value.resource
    const isWellKnown = request.url.includes('/.well-known/')
    const published =
      furtherMetadataResponse(request, stateOf(chosen)) ??
      (isWellKnown ? await documentResponse(request, choice.value) : undefined) ??
      preflightResponse(request, chosen)
    if (published !== undefined) return published
    const isFunction = typeof requirements === 'function'
    // The function sees one reading of the path only.
    if (isFunction && !hasOneReading(request.url)) return rejectTarget(request, chosen)
    const needs = isFunction ? requirements(request, ...rest) : requirements
    // A forgotten `return` must not mean that nothing is required.
    if (isFunction && needs === undefined) throw new TypeError(NO_RESULT)
    const facts = host?.(request, ...rest)
    const auth = await authenticate(request, chosen, needs as { optional?: false }, facts)
    if (!auth.ok) return auth
    const opened = hasSessions(chosen)
      ? await openSession(request, auth, chosen, facts?.waitUntil === undefined ? needs : facts)
      : request
    if (!isRequest(opened)) return opened
    let response: Response
    try {
      response = await handler(opened, auth as never, ...rest)
    } catch (error) {
      // The host handles every other error.
      if (!isRejection(error)) throw error
      response = challengeResponse(error, chosen, request, auth)
    }
    checkResponse(response)
    return completeResponse(response, request, auth, chosen)
  }
}

const NO_RESULT = 'The function of requirements returned nothing. Return {} for none.'

/** Not by `instanceof`: hosts have classes of their own. */
function isRequest(value: Request | Response): value is Request {
  return 'method' in value
}

async function documentResponse(
  request: Request,
  { resource, published }: Choice,
): Promise<Response | undefined> {
  return (
    metadataResponse(request, published) ??
    (await authorizationServerMetadataResponse(request, resource)) ??
    unpublishedResponse(request)
  )
}
