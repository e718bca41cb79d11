/** The metadata that a resource serves: its own, and that of its first authorization server. */

import { RequestBudget } from '../documents/request-budget.ts'
import { parseTarget } from '../http/request-target.ts'
import { parseUrl } from '../lib/safe-url.ts'
import { isList } from '../lib/to-list.ts'
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
import { AUTHORIZATION_SERVER_PATH } from '../metadata/well-known.ts'
import { isAdvertised } from '../resource/create-server.ts'
import { type ProtectedResource, type ResourceState, stateOf } from '../resource/state.ts'
import { checkMetadataPaths } from './shared-paths.ts'

type WithMetadata = Pick<ResourceState, 'metadata'>

/**
 * Serves protected resource metadata (RFC 9728 §3) at the well-known path, which stands between the host
 * and the path of the resource, and at `metadataUrl`; for one resource or several on one host.
 *
 * GET and HEAD return the document (with an ETag, and 304 where it matches), OPTIONS is a preflight, and
 * any other method is a 405; at `metadataUrl` it is a request to the resource. The document is public: credentials are ignored, and any origin may read
 * it. It comes from the configuration alone, regardless of `Host` and `X-Forwarded-*`.
 *
 * @param request Any request.
 * @param resources Every resource that this host serves.
 * @returns `undefined` if the request is not for metadata; 404, uncacheable, if it is for the
 * metadata of a resource that is not among these.
 * @throws {ConfigError} If two of the resources have the same metadata URL, or one of them has a path of
 * another one as `metadataUrl`.
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
  const states = statesOf(resources)
  const further = states.find((state) => isFurther(request, state))
  // Most requests are not for metadata, so this check is cheap and comes first.
  if (further === undefined && !request.url.includes('/.well-known/')) return undefined
  checkMetadataPaths(states)
  if (further !== undefined) return furtherMetadataResponse(request, further)
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
 * document of the first advertised server is served unchanged, issuer included.
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
  const server = state.servers.find(isAdvertised)
  if (server === undefined) return undefined
  const early = responseWithoutDocument(request)
  if (early !== undefined) return early
  const read = await server.documents.metadata.read(new RequestBudget())
  if (!read.ok) return unavailableResponse(request, read.error.retryAfterSeconds)
  return serveDocument(
    request,
    createServedDocument(read.value.value, state.metadata.maxAgeSeconds),
  )
}

/**
 * Serves the metadata of one resource at the place of its option `metadataUrl`. Requests with other methods
 * than these are for the resource.
 */
export function furtherMetadataResponse(
  request: Request,
  state: WithMetadata,
): Response | undefined {
  const { furtherPlace } = state.metadata
  if (furtherPlace === undefined || !READING.includes(request.method)) return undefined
  return isFurther(request, state) ? serveDocument(request, furtherPlace.document) : undefined
}

const READING = ['GET', 'HEAD', 'OPTIONS']

/**
 * Checks what {@link metadataResponse} needs of its resources, when a route is made and not at its first request.
 *
 * @throws {ConfigError} If two resources have the same metadata URL, or one that another one needs.
 */
export function checkPublished(resources: ProtectedResource | readonly ProtectedResource[]): void {
  checkMetadataPaths(statesOf(resources))
}

/**
 * A 404 for authorization server metadata that the resource does not serve: clients of MCP 2025-03-26
 * request it before they have a token, and treat every other status as a failure.
 */
export function unpublishedResponse(request: Request): Response | undefined {
  if (!request.url.includes(AUTHORIZATION_SERVER_PATH)) return undefined
  const path = `${parseUrl(request.url)?.pathname}/`
  return path.startsWith(`${AUTHORIZATION_SERVER_PATH}/`) ? noDocumentResponse(request) : undefined
}

function statesOf(
  resources: ProtectedResource | readonly ProtectedResource[],
): readonly ResourceState[] {
  return isList(resources) ? resources.map(stateOf) : [stateOf(resources)]
}

/** Whether a request is for the place of the option `metadataUrl`: exactly this path and query. */
function isFurther({ url: text }: Request, { metadata: { furtherPlace } }: WithMetadata): boolean {
  if (furtherPlace === undefined || !text.endsWith(furtherPlace.pathAndQuery)) return false
  const url = parseTarget(text)
  return url !== undefined && url.pathname + url.search === furtherPlace.pathAndQuery
}
