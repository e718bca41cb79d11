/** The whole resource server in one function: metadata, CORS, authentication, your handler. */

import { authenticate, challengeResponse } from './authenticate.ts'
import { checkRequirements } from './check-requirements.ts'
import type { AnonymousContext, AuthContext } from './contract/context.ts'
import { isAuthError } from './contract/errors.ts'
import type { HostFacts } from './contract/ports.ts'
import type { Requirements } from './contract/requirements.ts'
import { hasOneReading } from './http/request-target.ts'
import { parseUrl } from './lib/safe-url.ts'
import { noDocumentResponse } from './metadata/serve-document.ts'
import {
  type Choice,
  createChooser,
  type ResourceSource,
  rejectTarget,
} from './response/choose-resource.ts'
import { completeResponse } from './response/complete-response.ts'
import {
  AUTHORIZATION_SERVER_PATH,
  authorizationServerMetadataResponse,
  metadataResponse,
} from './response/metadata-responses.ts'
import { preflightResponse } from './response/preflight.ts'

type Handler<Context, Rest extends unknown[]> = (
  request: Request,
  auth: Context,
  ...rest: Rest
) => Response | Promise<Response>

type RequirementSource<Needs extends Requirements, Rest extends unknown[]> =
  | Needs
  | ((request: Request, ...rest: Rest) => Needs)

type HostSource<Rest extends unknown[]> =
  | ((request: Request, ...rest: Rest) => HostFacts | undefined)
  | undefined

type Optional = Requirements & { optional: true }
type Mandatory = Requirements & { optional?: false | undefined }

/**
 * Wraps a handler so that it only ever runs for requests that may pass; everything else that a
 * protected resource owes its clients is answered here: protected resource metadata, preflights,
 * challenges, CORS and caching headers.
 *
 * An `AuthError` that the handler throws (by {@link requireScopes}, say) becomes its response; other
 * errors are the host's.
 *
 * With one resource every path is guarded. With a list, the path decides: the longest resource path
 * it lies under, 404 where there is none.
 *
 * @param resource What is protected.
 * @param handler Gets the request, untouched, the verified context, and whatever the host passes.
 * @param requirements What requests need beyond what the resource always needs; may be a function
 * of the request, which is asked only about paths that every router reads alike (others are 400). With `optional: true` requests without credentials come through as anonymous.
 * @param host For adapters: what the host knows of a request beyond what it shows.
 * @returns A fetch handler; further arguments are the host's (`env, ctx` on Workers).
 * @throws {ConfigError} If two resources of a list share a path, or `requirements` are mistaken.
 * @example
 * ```ts
 * const handle = protect(notes, (request, auth) =>
 *   Response.json({ method: request.method, user: auth.subject }),
 * )
 * ```
 */
export function protect<Rest extends unknown[]>(
  resource: ResourceSource<Rest>,
  handler: Handler<AuthContext | AnonymousContext, Rest>,
  requirements: RequirementSource<Optional, Rest>,
  host?: HostSource<Rest>,
): (request: Request, ...rest: Rest) => Promise<Response>
export function protect<Rest extends unknown[]>(
  resource: ResourceSource<Rest>,
  handler: Handler<AuthContext, Rest>,
  requirements?: RequirementSource<Mandatory, Rest>,
  host?: HostSource<Rest>,
): (request: Request, ...rest: Rest) => Promise<Response>
export function protect<Rest extends unknown[]>(
  resource: ResourceSource<Rest>,
  handler: Handler<AuthContext & AnonymousContext, Rest>,
  requirements?: RequirementSource<Requirements, Rest>,
  host?: HostSource<Rest>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  if (typeof requirements !== 'function') checkRequirements(requirements)
  const choose = createChooser(resource)
  return async (request, ...rest) => {
    const asked = choose(request, rest)
    // Not by its class: some applications put one of their own in place of `Promise`.
    const choice = isPromised(asked) ? await asked : asked
    if (!isChoice(choice)) return choice
    const chosen = choice.resource
    // Only documents have to be waited for, and most requests are for none.
    const isWellKnown = request.url.includes('/.well-known/')
    const published =
      (isWellKnown ? await documentResponse(request, choice) : undefined) ??
      preflightResponse(request, chosen)
    if (published !== undefined) return published
    const isAsked = typeof requirements === 'function'
    // It may look at the path in its own way, and at one only.
    if (isAsked && !hasOneReading(request.url)) return rejectTarget(request, chosen)
    const needs = isAsked ? requirements(request, ...rest) : requirements
    const auth = await authenticate(request, chosen, needs as Mandatory, host?.(request, ...rest))
    if (!auth.ok) return auth
    let response: Response
    try {
      response = await (handler as Handler<AuthContext, Rest>)(request, auth, ...rest)
    } catch (error) {
      // What else went wrong is the host's to answer.
      if (!isAuthError(error)) throw error
      response = challengeResponse(error, chosen, request, auth)
    }
    return completeResponse(response, request, auth, chosen)
  }
}

function isPromised<Value extends object>(value: Value | Promise<Value>): value is Promise<Value> {
  return 'then' in value && typeof value.then === 'function'
}

/** By its own member: a polluted `Object.prototype` gives `published` to every response. */
function isChoice(value: Choice | Response): value is Choice {
  return Object.hasOwn(value, 'published')
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

/**
 * Authorization server metadata that is not served here is not found, rather than guarded: clients
 * of MCP 2025-03-26 ask for it before they have a token, and give up at anything but a 404.
 */
function unpublishedResponse(request: Request): Response | undefined {
  if (!request.url.includes(AUTHORIZATION_SERVER_PATH)) return undefined
  const path = parseUrl(request.url)?.pathname
  const isAskedFor =
    path === AUTHORIZATION_SERVER_PATH || path?.startsWith(`${AUTHORIZATION_SERVER_PATH}/`)
  return isAskedFor ? noDocumentResponse(request) : undefined
}
