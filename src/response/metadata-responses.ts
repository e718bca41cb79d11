/** The metadata that a resource serves: its own, and that of its first authorization server. */

import { ConfigError, type ConfigProblem } from '../contract/errors.ts'
import { RequestBudget } from '../documents/request-budget.ts'
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
import { type ProtectedResource, type ResourceState, stateOf } from '../resource/state.ts'

/** MCP 2025-03-26 clients look for authorization server metadata at the MCP server's own origin. */
export const AUTHORIZATION_SERVER_PATH = '/.well-known/oauth-authorization-server'

/**
 * Serves protected resource metadata (RFC 9728 §3) at the well-known path, which stands between the host
 * and the path of the resource; for one resource or several on one host.
 *
 * GET and HEAD return the document (with an ETag, and 304 where it matches), OPTIONS is a preflight, and
 * any other method is a 405. The document is public: credentials are ignored, and any origin may read
 * it. It comes from the configuration alone, regardless of `Host` and `X-Forwarded-*`.
 *
 * @param request Any request.
 * @param resources Every resource that this host serves.
 * @returns `undefined` if the request is not for metadata; 404, uncacheable, if it is for the
 * metadata of a resource that is not among these.
 * @throws {ConfigError} If two of the resources have the same metadata URL.
 * @example
 * ```ts
 * function serveMetadata(request: Request): Response {
 *   return metadataResponse(request, [notes]) ?? new Response('Not found', { status: 404 })
 * }
 * ```
 * @see {@link https://www.rfc-editor.org/rfc/rfc9728.html#section-3 RFC 9728 §3}
 */
export function metadataResponse(
  request: Request,
  resources: ProtectedResource | readonly ProtectedResource[],
): Response | undefined {
  // Most requests are not for metadata, so this check is cheap and comes first.
  if (!request.url.includes('/.well-known/')) return undefined
  const states = statesOf(resources)
  const asked = states.find(({ identity }) => identity.metadataUrl === request.url)
  if (asked !== undefined) return serveDocument(request, asked.metadata.place.document)
  const url = parseTarget(request.url)
  if (url === undefined) return undefined
  if (isMetadataPath(url.pathname)) {
    const document = findDocument(
      url.pathname + url.search,
      states.map(({ metadata }) => metadata.place),
    )
    return document === undefined ? noDocumentResponse(request) : serveDocument(request, document)
  }
  const isAppended = states.some((state) =>
    isAppendedMetadataPath(url.pathname, state.identity.url.pathname),
  )
  return isAppended ? noDocumentResponse(request) : undefined
}

/**
 * Serves authorization server metadata at the resource's own origin, for clients of MCP 2025-03-26, if
 * the resource was created with `serveAuthorizationServerMetadata`. The
 * document of the first server is served unchanged, issuer included.
 *
 * @param request Any request.
 * @param resource The resource whose first server's metadata is served.
 * @returns `undefined` if the request is for something else or the option is off; 503 while the
 * document cannot be fetched.
 * @example
 * ```ts
 * const files = protectedResource({
 *   resource: 'https://api.example.com/files',
 *   authorizationServers: ['https://auth.example.com'],
 *   serveAuthorizationServerMetadata: true,
 * })
 * const response = await authorizationServerMetadataResponse(request, files)
 * ```
 */
export async function authorizationServerMetadataResponse(
  request: Request,
  resource: ProtectedResource,
): Promise<Response | undefined> {
  const state = stateOf(resource)
  if (!state.metadata.servesAuthorizationServerMetadata) return undefined
  if (parseTarget(request.url)?.pathname !== AUTHORIZATION_SERVER_PATH) return undefined
  const server = state.servers[0]
  if (server === undefined) return undefined
  const early = responseWithoutDocument(request)
  if (early !== undefined) return early
  const read = await server.documents.metadata.read(new RequestBudget())
  if (!read.ok) return unavailableResponse(request, read.error.retryAfterSeconds)
  return serveDocument(request, createServedDocument(read.value, state.metadata.maxAgeSeconds))
}

/** @throws {ConfigError} If two resources have the same metadata URL. */
function statesOf(
  resources: ProtectedResource | readonly ProtectedResource[],
): readonly ResourceState[] {
  if (!isList(resources)) return [stateOf(resources)]
  const states = resources.map(stateOf)
  const places = new Set(states.map(pathOf))
  if (places.size < states.length) throw new ConfigError(duplicatesIn(states))
  return states
}

function pathOf({ metadata }: ResourceState): string {
  return metadata.place.pathAndQuery
}

function duplicatesIn(states: readonly ResourceState[]): ConfigProblem[] {
  return states.flatMap((state, index) => {
    const earlier = states.findIndex((each) => pathOf(each) === pathOf(state))
    if (earlier === index) return []
    const message = `has the metadata path of resources[${earlier}]; serve each resource once, or hosts apart`
    return [{ path: `resources[${index}]`, message }]
  })
}

function isList<Item>(value: Item | readonly Item[]): value is readonly Item[] {
  return Array.isArray(value)
}
