/** Parts of middleware for several frameworks. */

import {
  authorizationServerMetadataResponse,
  checkRequirements,
  metadataResponse,
  type ProtectedResource,
  protectedResourceMetadataUrl,
  type Requirements,
} from '../../src/index.ts'
import { checkResource } from './check-resource.ts'
import { pathAndQueryOf } from './path-and-query.ts'

/**
 * Checks the arguments of `bearerAuth()` when it is called.
 *
 * @param resource A function that chooses it is asked later.
 * @throws {TypeError} If the resource is not one: only `protect()` takes a list.
 * @throws {ConfigError} If the requirements have mistakes, or are not an object: only `protect()` takes a function.
 */
export function checkGuard(
  resource: ProtectedResource | ((...args: never) => unknown),
  requirements: Requirements,
): void {
  const isChosen = typeof resource === 'function'
  if (!isChosen) checkResource(resource, 'bearerAuth')
  checkRequirements(requirements, isChosen ? [] : resource)
}

/**
 * The metadata at the `metadataUrl` of a resource, which often lies below the guarded path. The derived
 * URL never does.
 */
export function documentBelow(request: Request, resource: ProtectedResource): Response | undefined {
  if (!request.url.endsWith(pathAndQueryOf(resource.metadataUrl))) return undefined
  const isDerived = resource.metadataUrl === protectedResourceMetadataUrl(resource.identifier)
  const isReading = READING.has(request.method)
  return isDerived || !isReading ? undefined : metadataResponse(request, resource)
}

const READING = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Resources whose mistake was printed. Requests without credentials must not fill a log. */
const REPORTED = new WeakSet<ProtectedResource>()

/**
 * The 500 of a guard that rejects the request for its own metadata. A 401 would point the client at the
 * document that it is asking for. With `optional: true` the request passes, and `metadata()` may follow.
 */
export function misplacedGuardResponse(
  request: Request,
  resource: ProtectedResource,
): Response | undefined {
  if (!request.url.includes('/.well-known/')) return undefined
  if (metadataResponse(request, resource)?.ok !== true) return undefined
  const message = `bearerAuth() received the request for the metadata of ${resource.identifier}: put metadata() before bearerAuth().`
  if (!REPORTED.has(resource)) {
    REPORTED.add(resource)
    // biome-ignore lint/suspicious/noConsole: a mistake in the program, for its author.
    console.error(`mcp-gatehouse: ${message}`)
  }
  return Response.json({ error: 'server_error', error_description: message }, { status: 500 })
}

/**
 * The document at the requested URL: the metadata of a resource, or the authorization server
 * metadata that a resource serves for clients of MCP 2025-03-26.
 */
export async function publishedDocument(
  request: Request,
  resources: ProtectedResource | readonly ProtectedResource[],
): Promise<Response | undefined> {
  const response = metadataResponse(request, resources)
  if (response !== undefined) return response
  for (const resource of [resources].flat()) {
    const mirrored = await authorizationServerMetadataResponse(request, resource)
    if (mirrored !== undefined) return mirrored
  }
  return undefined
}
