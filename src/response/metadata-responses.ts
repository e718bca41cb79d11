/** The metadata that a resource serves: its own, and that of its first authorization server. */

import { ConfigError, type ConfigProblem } from '../contract/config-error.ts'
import { RequestBudget } from '../documents/request-budget.ts'
import { parseTarget } from '../http/request-target.ts'
import { isSamePath } from '../http/resource-path.ts'
import { parseUrl } from '../lib/safe-url.ts'
import {
  createServedDocument,
  type DocumentPlace,
  findDocument,
  isAppendedMetadataPath,
  isMetadataPath,
  noDocumentResponse,
  responseWithoutDocument,
  serveDocument,
  unavailableResponse,
} from '../metadata/serve-document.ts'
import { isAdvertised } from '../resource/create-server.ts'
import { type ProtectedResource, type ResourceState, stateOf } from '../resource/state.ts'

/** MCP 2025-03-26 clients look for authorization server metadata at the MCP server's own origin. */
export const AUTHORIZATION_SERVER_PATH = '/.well-known/oauth-authorization-server'

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
  const further = findFurther(request, resources)
  if (further !== undefined) {
    if (isList(resources)) statesOf(resources)
    // Other methods at this place are requests to the resource.
    return isReading(request.method) ? serveDocument(request, further.document) : undefined
  }
  // Most requests are not for metadata, so this check is cheap and comes first.
  if (!request.url.includes('/.well-known/')) return undefined
  const states = statesOf(resources)
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

/** Serves the metadata of one resource at the place of its option `metadataUrl`. */
export function furtherMetadataResponse(
  request: Request,
  { metadata: { furtherPlace } }: Pick<ResourceState, 'metadata'>,
): Response | undefined {
  if (furtherPlace === undefined || !isReading(request.method)) return undefined
  return isAt(request.url, furtherPlace) ? serveDocument(request, furtherPlace.document) : undefined
}

/** @throws {ConfigError} If a `metadataUrl` is a path of another resource, or of its metadata. */
export function checkFurtherPlaces(states: readonly ResourceState[]): void {
  const problems = states.flatMap((state, index) => {
    const place = state.metadata.furtherPlace
    const other = place && states.findIndex((each) => each !== state && occupies(each, place))
    return other === undefined || other < 0
      ? []
      : [
          {
            path: `resources[${index}].metadataUrl`,
            message: `is a path of resources[${other}] or of its metadata; give a path of its own`,
          },
        ]
  })
  if (problems.length > 0) throw new ConfigError(problems)
}

/**
 * Checks what {@link metadataResponse} needs of its resources, when a route is made and not at its first request.
 *
 * @throws {ConfigError} If two resources have the same metadata URL, or one that another one needs.
 */
export function checkPublished(resources: ProtectedResource | readonly ProtectedResource[]): void {
  statesOf(resources)
}

/**
 * A 404 for authorization server metadata that the resource does not serve: clients of MCP 2025-03-26
 * request it before they have a token, and treat every other status as a failure.
 */
export function unpublishedResponse(request: Request): Response | undefined {
  if (!request.url.includes(AUTHORIZATION_SERVER_PATH)) return undefined
  const path = parseUrl(request.url)?.pathname
  const isMetadata =
    path === AUTHORIZATION_SERVER_PATH || path?.startsWith(`${AUTHORIZATION_SERVER_PATH}/`)
  return isMetadata ? noDocumentResponse(request) : undefined
}

function findFurther(
  request: Request,
  resources: ProtectedResource | readonly ProtectedResource[],
): DocumentPlace | undefined {
  if (!isList(resources)) {
    const { furtherPlace } = stateOf(resources).metadata
    return furtherPlace !== undefined && isAt(request.url, furtherPlace) ? furtherPlace : undefined
  }
  for (const resource of resources) {
    const place = findFurther(request, resource)
    if (place !== undefined) return place
  }
  return undefined
}

/** Whether a URL has exactly this path and query. */
function isAt(text: string, { pathAndQuery }: DocumentPlace): boolean {
  if (!text.endsWith(pathAndQuery)) return false
  const url = parseTarget(text)
  return url !== undefined && url.pathname + url.search === pathAndQuery
}

function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
}

function occupies({ identity, metadata }: ResourceState, { pathAndQuery }: DocumentPlace): boolean {
  const [path = ''] = pathAndQuery.split('?', 1)
  return (
    isSamePath(path, identity.url.pathname) ||
    pathAndQuery === metadata.place.pathAndQuery ||
    pathAndQuery === metadata.furtherPlace?.pathAndQuery
  )
}

/** @throws {ConfigError} If two resources have the same metadata URL, or one that another one needs. */
function statesOf(
  resources: ProtectedResource | readonly ProtectedResource[],
): readonly ResourceState[] {
  if (!isList(resources)) return [stateOf(resources)]
  const states = resources.map(stateOf)
  const places = new Set(states.map(pathOf))
  if (places.size < states.length) throw new ConfigError(duplicatesIn(states))
  checkFurtherPlaces(states)
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
