/** Finding the resource that a request is for, in a way that every router behind us agrees with. */

import type { Rejection } from '../contract/context.ts'
import { ConfigError } from '../contract/errors.ts'
import {
  ambiguousTargetResponse,
  distinctPaths,
  hasOneReading,
  parseTarget,
} from '../http/request-target.ts'

import { choosePath, createPathChoices } from '../http/resource-path.ts'
import { PROTECTED_RESOURCE_PATH } from '../identifiers/resource-identifier.ts'
import { overlay } from '../lib/overlay.ts'
import { parseUrl } from '../lib/safe-url.ts'
import { isMetadataPath, notFoundResponse } from '../metadata/serve-document.ts'
import { type ProtectedResource, stateOf } from '../resource/state.ts'
import { AUTHORIZATION_SERVER_PATH, metadataResponse } from './metadata-responses.ts'
import { rejectionResponse } from './rejection.ts'

/**
 * One resource; several, chosen by path; or a function that is asked on every request and returns
 * the same object for the same resource each time. For a metadata request the function sees the URL
 * without the well-known prefix. `undefined` means 404.
 *
 * A router behind may decode a path, or resolve what looks like dots in it: where these readings differ,
 * a list is searched and a function asked once for each of them, and unless all find the same object the
 * answer is 400. A function then sees a request that differs by its URL only.
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

/** The resource a request is for, and every resource whose metadata may be asked for there. */
export interface Choice {
  readonly resource: ProtectedResource
  readonly published: ProtectedResource | readonly ProtectedResource[]
}

/** Finds the resource of a request, or the response that says why there is none. */
export type Chooser<Rest extends unknown[]> = (
  request: Request,
  rest: Rest,
) => Choice | Response | Promise<Choice | Response>

type SourceFunction<Rest extends unknown[]> = Extract<
  ResourceSource<Rest>,
  (request: Request, ...rest: Rest) => unknown
>

/** @throws {ConfigError} If a list is empty, or two of its resources share a path. */
export function createChooser<Rest extends unknown[]>(source: ResourceSource<Rest>): Chooser<Rest> {
  if (typeof source === 'function') return (request, rest) => askFor(source, request, rest)
  if (isList(source)) return createPathChooser([...source])
  const only: Choice = { resource: source, published: source }
  stateOf(source)
  return () => only
}

/** The refusal of a target that has more than one reading. */
export function rejectTarget(request: Request, resource: ProtectedResource): Rejection {
  const state = stateOf(resource)
  return rejectionResponse({ code: 'target_ambiguous' }, state, {
    request,
    needed: state.scopes.required,
  })
}

async function askFor<Rest extends unknown[]>(
  source: SourceFunction<Rest>,
  request: Request,
  rest: Rest,
): Promise<Choice | Response> {
  const asked = requestsFor(request)
  if (asked === undefined) return ambiguousTargetResponse(request)
  const [own, ...others] = asked
  const resource = await source(own, ...rest)
  for (const other of others) {
    const found = await source(other, ...rest)
    if (found !== resource) return rejectTarget(request, (resource ?? found) as ProtectedResource)
  }
  return resource === undefined ? notFoundResponse(request) : { resource, published: resource }
}

/** One for each reading of the path, the request's own first; `undefined` where that cannot be done. */
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

/** A metadata request, as the request for the resource that it is about. */
function withoutPrefix(request: Request): Request {
  const url = request.url.includes('/.well-known/') ? parseUrl(request.url) : undefined
  if (url === undefined || !isMetadataPath(url.pathname)) return request
  const path = url.pathname.slice(PROTECTED_RESOURCE_PATH.length)
  const about = `${url.origin}${path === '' ? '/' : path}${url.search}`
  const { method, headers } = request
  try {
    return new Request(about, { method, headers })
  } catch {
    // Deno has requests with methods that none can be made with, such as TRACK.
    return new Request(about, { headers })
  }
}

function createPathChooser<Rest extends unknown[]>(
  resources: readonly ProtectedResource[],
): Chooser<Rest> {
  refuseSharedPaths(resources)
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
      return resource === undefined
        ? ambiguousTargetResponse(request)
        : rejectTarget(request, resource)
    }
    const metadata = metadataResponse(request, resources)
    if (metadata !== undefined) return metadata
    if (mirror !== undefined && url.pathname === AUTHORIZATION_SERVER_PATH) {
      return { resource: mirror, published: resources }
    }
    const { value, isAmbiguous } = choosePath(url.pathname, choices)
    if (value === undefined) return notFoundResponse(request)
    return isAmbiguous ? rejectTarget(request, value.resource) : value
  }
}

function refuseSharedPaths(resources: readonly ProtectedResource[]): void {
  const paths = resources.map((resource) => stateOf(resource).identity.url.pathname)
  const problems = paths.flatMap((path, index) =>
    paths.indexOf(path) === index
      ? []
      : [
          {
            path: `resources[${index}]`,
            message: `has the path ${path} of another one; give a function that chooses by more than the path`,
          },
        ],
  )
  if (resources.length === 0) problems.push({ path: 'resources', message: 'is empty' })
  if (problems.length > 0) throw new ConfigError(problems)
}

function isList<Rest extends unknown[]>(
  source: ResourceSource<Rest>,
): source is readonly ProtectedResource[] {
  return Array.isArray(source)
}
