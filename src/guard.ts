/** The steps around a handler: metadata, CORS, authentication, the handler, and the completion of its response. */

import { authenticate, challengeResponse } from './authenticate.ts'
import { checkHandler, checkRequest, checkResponse } from './check-request.ts'
import { checkRequirements } from './check-requirements.ts'
import type { AnonymousContext, AuthContext } from './contract/context.ts'
import type { HostFacts } from './contract/ports.ts'
import type { Requirements } from './contract/requirements.ts'
import { isRejection } from './contract/thrown-rejection.ts'
import { hasOneReading } from './http/request-target.ts'
import { type ProtectedResource, stateOf } from './resource/state.ts'
import {
  type Choice,
  chooseByFunction,
  createPathChooser,
  type ResourceSource,
  rejectTarget,
  type SourceFunction,
} from './response/choose-resource.ts'
import {
  authorizationServerMetadataResponse,
  furtherMetadataResponse,
  metadataResponse,
  unpublishedResponse,
} from './response/metadata-responses.ts'
import { hasSessions, openSession } from './response/open-session.ts'
import { preflightResponse } from './response/preflight.ts'

/** As `completeResponse`. A host may complete what it sends instead of a `Response`. */
type Complete<Sent> = (
  response: Response,
  request: Request,
  auth: AuthContext | AnonymousContext,
  resource: ProtectedResource,
) => Sent

/** As `protect`, for hosts that send something else than a `Response`. */
export function guard<Rest extends unknown[], Sent>(
  resource: ResourceSource<Rest>,
  // `protect` promises each handler the context it takes; here it may be given any.
  handler: (request: Request, auth: never, ...rest: Rest) => Response | Promise<Response>,
  requirements: Requirements | ((request: Request, ...rest: Rest) => Requirements) | undefined,
  factsOf: ((request: Request, ...rest: Rest) => HostFacts | undefined) | undefined,
  complete: Complete<Sent>,
): (request: Request, ...rest: Rest) => Promise<Response | Sent> {
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
    const facts = factsOf?.(request, ...rest)
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
    return complete(response, request, auth, chosen)
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
