/** Parts of middleware for several frameworks. */

import {
  authorizationServerMetadataResponse,
  checkRequirements,
  type HostFacts,
  metadataResponse,
  type ProtectedResource,
  protectedResourceMetadataUrl,
  type Requirements,
} from '../../src/index.ts'
import { REJECTED, type Rejecting } from '../../src/resource/context-facts.ts'
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
 * Adds that a rejection of the request for the resource's own metadata is a 500: a 401 would point the client at the
 * document that it is asking for. With `optional: true` the request may pass, and `metadata()` may follow.
 */
export function withMisplacement(
  host: HostFacts | undefined,
  request: Request,
  resource: ProtectedResource,
): HostFacts | undefined {
  if (!request.url.includes('/.well-known/')) return host
  const explain: Rejecting[typeof REJECTED] = () => {
    if (metadataResponse(request, resource)?.ok !== true) return undefined
    const description = `bearerAuth() received the request for the metadata of ${resource.identifier}: put metadata() before bearerAuth().`
    if (!REPORTED.has(resource)) {
      REPORTED.add(resource)
      // biome-ignore lint/suspicious/noConsole: a mistake in the program, for its author.
      console.error(`mcp-gatehouse: ${description}`)
    }
    return { code: 'internal', description }
  }
  return { ...host, [REJECTED]: explain } as HostFacts
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
