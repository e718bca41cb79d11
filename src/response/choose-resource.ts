/** Chooses the resource of a request, by a reading of its path on which all routers agree. */

import type { Rejection } from '../contract/context.ts'
import {
  ambiguousTargetResponse,
  distinctPaths,
  hasOneReading,
  parseTarget,
} from '../http/request-target.ts'
import { choosePath, createPathChoices } from '../http/resource-path.ts'
import { PROTECTED_RESOURCE_PATH } from '../identifiers/resource-identifier.ts'
import { overlay } from '../lib/overlay.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { parseUrl } from '../lib/safe-url.ts'
import { isList } from '../lib/to-list.ts'
import { isMetadataPath, notFoundResponse } from '../metadata/serve-document.ts'
import { AUTHORIZATION_SERVER_PATH } from '../metadata/well-known.ts'
import { type ProtectedResource, type ResourceState, stateOf } from '../resource/state.ts'
import { furtherMetadataResponse, metadataResponse } from './metadata-responses.ts'
import { rejectionResponse } from './rejection.ts'
import { checkPaths } from './shared-paths.ts'

/**
 * One resource; several, chosen by path; or a function that is called for every request and returns the
 * same object for the same resource each time. For a metadata request the function receives the URL
 * without the well-known prefix. `undefined` means 404.
 *
 * A router may decode a path or resolve dot segments in it. Where these readings differ, every reading
 * is looked up in a list, and a function is called once for each of them; unless all lead to the same
 * resource, the response is a 400. The function then receives requests that differ only by their URL.
 *
 * @example
 * ```ts
 * const tenants = new Map([['acme', notes]])
 *
 * const byTenant: ResourceSource<[]> = (request) =>
 *   tenants.get(new URL(request.url).searchParams.get('tenant') ?? '')
 * ```
 */
export type ResourceSource<Rest extends unknown[]> =
  | ProtectedResource
  | readonly ProtectedResource[]
  | ((
      request: Request,
      ...rest: Rest
    ) => ProtectedResource | undefined | Promise<ProtectedResource | undefined>)

/** The resource of a request, and the resources whose metadata is served beside it. */
export interface Choice {
  readonly resource: ProtectedResource
  readonly published: ProtectedResource | readonly ProtectedResource[]
}

/** A choice, or the response to a request that is for no resource. */
type ChoiceResult = Result<Choice, Response>

/** Chooses by path, from one resource or a list. */
type PathChooser = (request: Request) => ChoiceResult

export type SourceFunction<Rest extends unknown[]> = Extract<
  ResourceSource<Rest>,
  (request: Request, ...rest: Rest) => unknown
>

/** @throws {ConfigError} If a list is empty, or two of its resources share a path. */
export function createPathChooser(
  source: ProtectedResource | readonly ProtectedResource[],
): PathChooser {
  if (isList(source)) return createListChooser([...source])
  const only = succeed<Choice>({ resource: source, published: source })
  // Reports a value that is not a resource now, and not at the first request.
  stateOf(source)
  return () => only
}

/** Chooses by the application's function, which must choose the same for every reading of the path. */
export async function chooseByFunction<Rest extends unknown[]>(
  source: SourceFunction<Rest>,
  request: Request,
  rest: Rest,
): Promise<ChoiceResult> {
  const readings = requestsFor(request)
  if (readings === undefined) return fail<Response>(ambiguousTargetResponse(request))
  const [own, ...others] = readings
  const resource = await source(own, ...rest)
  for (const other of others) {
    const found = await source(other, ...rest)
    if (found !== resource) {
      return fail<Response>(rejectTarget(request, (resource ?? found) as ProtectedResource))
    }
  }
  return resource === undefined
    ? fail<Response>(notFoundResponse(request))
    : succeed({ resource, published: resource })
}

/** The rejection of a target that has more than one reading. */
export function rejectTarget(request: Request, resource: ProtectedResource): Rejection {
  const state = stateOf(resource)
  const { required } = state.scopes
  return rejectionResponse({ code: 'target_ambiguous' }, state, { request, needed: required })
}

/** A request for each reading of the path, the own one first; `undefined` for a target without readings. */
function requestsFor(request: Request): [Request, ...Request[]] | undefined {
  const own = withoutPrefix(request)
  if (hasOneReading(request.url)) return [own]
  const url = parseTarget(own.url)
  const paths = url && parseTarget(request.url) && distinctPaths(url.pathname)
  if (paths === undefined) return undefined
  const others = paths
    .slice(1)
    .map((path) => overlay(own, { url: `${url?.origin}${path}${url?.search}` }))
  return [own, ...others]
}

/** For a metadata request: the request for the resource whose metadata it is. */
function withoutPrefix(request: Request): Request {
  const url = request.url.includes('/.well-known/') ? parseUrl(request.url) : undefined
  if (url === undefined || !isMetadataPath(url.pathname)) return request
  const path = url.pathname.slice(PROTECTED_RESOURCE_PATH.length)
  const about = `${url.origin}${path === '' ? '/' : path}${url.search}`
  const { method, headers } = request
  try {
    return new Request(about, { method, headers })
  } catch {
    // Deno passes on methods that the constructor rejects, such as TRACK.
    return new Request(about, { headers })
  }
}

function createListChooser(resources: readonly ProtectedResource[]): PathChooser {
  const states = resources.map(stateOf)
  checkPaths(states)
  const further = states.filter(({ metadata }) => metadata.furtherPlace !== undefined)
  const choices = createPathChoices(
    resources.map((resource) => ({
      url: stateOf(resource).identity.url,
      value: { resource, published: resources },
    })),
  )
  const mirror = resources.find((each) => stateOf(each).metadata.servesAuthorizationServerMetadata)
  return (request) => {
    const url = parseTarget(request.url)
    if (url === undefined) {
      const pathname = parseUrl(request.url)?.pathname ?? ''
      const resource = choosePath(pathname, choices).value?.resource
      return fail<Response>(
        resource === undefined ? ambiguousTargetResponse(request) : rejectTarget(request, resource),
      )
    }
    const metadata = publishedBy(request, resources, further)
    if (metadata !== undefined) return fail(metadata)
    if (mirror !== undefined && url.pathname === AUTHORIZATION_SERVER_PATH) {
      return succeed({ resource: mirror, published: resources })
    }
    const { value, isAmbiguous } = choosePath(url.pathname, choices)
    if (value === undefined) return fail(notFoundResponse(request))
    return isAmbiguous ? fail<Response>(rejectTarget(request, value.resource)) : succeed(value)
  }
}

/** The metadata at the requested URL. Most resources have none beyond the well-known path. */
function publishedBy(
  request: Request,
  resources: readonly ProtectedResource[],
  further: readonly ResourceState[],
): Response | undefined {
  if (request.url.includes('/.well-known/')) return metadataResponse(request, resources)
  for (const state of further) {
    const response = furtherMetadataResponse(request, state)
    if (response !== undefined) return response
  }
  return undefined
}
