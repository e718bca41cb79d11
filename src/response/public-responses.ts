/** The responses around a protected handler: metadata, preflights, and what every answer needs. */

import type { AnonymousContext, AuthContext } from '../contract/context.ts'
import { ConfigError, type ConfigProblem } from '../contract/errors.ts'
import { RequestBudget } from '../documents/request-budget.ts'
import { buildPreflight, isOriginAllowed, isPreflight, setCorsHeaders } from '../http/cors.ts'
import { parseTarget } from '../http/request-target.ts'
import {
  createServedDocument,
  findDocument,
  isAppendedMetadataPath,
  isMetadataPath,
  noDocumentResponse,
  responseWithoutDocument,
  serveDocument,
  unavailableResponse,
} from '../metadata/serve-document.ts'
import { nonceFor } from '../request/check-binding.ts'
import { type ProtectedResource, type ResourceState, stateOf } from '../resource/state.ts'
import { rejectionResponse } from './rejection.ts'
import { responseUntilExpiry } from './stream-expiry.ts'

/** MCP 2025-03-26 clients look for authorization server metadata at the MCP server's own origin. */
export const AUTHORIZATION_SERVER_PATH = '/.well-known/oauth-authorization-server'

/**
 * Answers requests for protected resource metadata (RFC 9728 §3): the well-known path inserted
 * between host and path of the resource, for one resource or several on one host.
 *
 * GET, HEAD and OPTIONS are answered (with an ETag, and 304 where it matches), any other method is
 * 405. The document is public: credentials are ignored, and any origin may read it. It comes from
 * the configuration alone, whatever `Host` or `X-Forwarded-*` say.
 *
 * @param request Any request.
 * @param resources Every resource that this host serves.
 * @returns `undefined` if the request is not for metadata; 404, uncacheable, if it is for the
 * metadata of a resource that is not among these.
 * @throws {ConfigError} If two of the resources have the same metadata URL.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9728.html#section-3 RFC 9728 §3}
 */
export function metadataResponse(
  request: Request,
  resources: ProtectedResource | readonly ProtectedResource[],
): Response | undefined {
  // Most requests are not for metadata; telling so must cost next to nothing.
  if (!request.url.includes('/.well-known/')) return undefined
  const states = statesOf(resources)
  const asked = states.find(({ metadataUrl }) => metadataUrl === request.url)
  if (asked !== undefined) return serveDocument(request, asked.place.document)
  const url = parseTarget(request.url)
  if (url === undefined) return undefined
  if (isMetadataPath(url.pathname)) {
    const document = findDocument(
      url.pathname + url.search,
      states.map(({ place }) => place),
    )
    return document === undefined ? noDocumentResponse(request) : serveDocument(request, document)
  }
  const isAppended = states.some((state) =>
    isAppendedMetadataPath(url.pathname, state.url.pathname),
  )
  return isAppended ? noDocumentResponse(request) : undefined
}

/**
 * Answers requests for authorization server metadata at the resource's own origin, as clients of MCP
 * 2025-03-26 expect it, if the resource was made with `serveAuthorizationServerMetadata`. The
 * document of the first server is passed on unchanged, issuer included.
 *
 * @param request Any request.
 * @param resource The resource whose first server it is about.
 * @returns `undefined` if the request is for something else or the option is off; 503 while the
 * document cannot be had.
 */
export async function authorizationServerMetadataResponse(
  request: Request,
  resource: ProtectedResource,
): Promise<Response | undefined> {
  const state = stateOf(resource)
  if (!state.servesAuthorizationServerMetadata) return undefined
  if (parseTarget(request.url)?.pathname !== AUTHORIZATION_SERVER_PATH) return undefined
  const server = state.servers[0]
  if (server === undefined) return undefined
  const answer = responseWithoutDocument(request)
  if (answer !== undefined) return answer
  const read = await server.documents.metadata.read(new RequestBudget())
  if (!read.ok) return unavailableResponse(request, read.error.retryAfterSeconds)
  return serveDocument(request, createServedDocument(read.value, state.metadataMaxAgeSeconds))
}

/**
 * Answers CORS preflights, which never carry credentials (Fetch §3.3.2): call it before
 * {@link authenticate}.
 *
 * @param request Any request.
 * @param resource The resource it is for.
 * @returns `undefined` if it is no preflight; 204 with the headers a browser needs; 403 if the
 * origin is not allowed.
 */
export function preflightResponse(
  request: Request,
  resource: ProtectedResource,
): Response | undefined {
  if (!isPreflight(request)) return undefined
  const state = stateOf(resource)
  return isOriginAllowed(request.headers.get('Origin'), state.origins)
    ? buildPreflight(request, state.origins)
    : rejectionResponse({ code: 'origin_refused' }, state, { request, needed: state.required })
}

/**
 * Adds what every answer to an authenticated request needs: CORS headers, `Cache-Control: private`
 * where the handler set none, the next DPoP nonce where the client's will soon end, and an end for
 * streams that would outlive their token (see `endStreamsAtExpiry`). `protect` and the adapters do
 * this for you.
 *
 * @param response The handler's response. Its headers are changed in place where they can be; a
 * 101 and `undefined` pass through untouched.
 * @param request The request it answers.
 * @param auth The context the handler was given.
 * @param resource The resource.
 * @returns The response to send.
 */
export function completeResponse(
  response: Response,
  request: Request,
  auth: AuthContext | AnonymousContext,
  resource: ProtectedResource,
): Response {
  if (response === undefined || response.status === 101) return response
  const state = stateOf(resource)
  const ending = responseUntilExpiry(response, request, auth, state)
  const nonce = state.dpop === undefined ? undefined : nonceFor(auth)
  const complete = (headers: Headers): void => completeHeaders(headers, request, state, nonce)
  try {
    complete(ending.headers)
    return ending
  } catch {
    // Headers of a fetched response are immutable.
    const copy = new Response(ending.body, ending)
    complete(copy.headers)
    return copy
  }
}

function completeHeaders(
  headers: Headers,
  request: Request,
  state: ResourceState,
  nonce: string | undefined,
): void {
  if (nonce !== undefined) {
    headers.set('DPoP-Nonce', nonce)
    // RFC 9449 §8.2: whoever got it from a cache would use it when it is long over.
    headers.set('Cache-Control', 'no-store')
  }
  if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'private')
  setCorsHeaders(headers, request.headers.get('Origin'), state.origins)
}

/** @throws {ConfigError} If two resources have the same metadata URL. */
function statesOf(
  resources: ProtectedResource | readonly ProtectedResource[],
): readonly ResourceState[] {
  if (!isList(resources)) return [stateOf(resources)]
  const states = resources.map(stateOf)
  const places = new Set(states.map(({ place }) => place.pathAndQuery))
  if (places.size < states.length) throw new ConfigError(duplicatesIn(states))
  return states
}

function duplicatesIn(states: readonly ResourceState[]): ConfigProblem[] {
  return states.flatMap((state, index) => {
    const earlier = states.findIndex((each) => each.place.pathAndQuery === state.place.pathAndQuery)
    if (earlier === index) return []
    const message = `has the metadata path of resources[${earlier}]; serve each resource once, or hosts apart`
    return [{ path: `resources[${index}]`, message }]
  })
}

function isList<Item>(value: Item | readonly Item[]): value is readonly Item[] {
  return Array.isArray(value)
}
