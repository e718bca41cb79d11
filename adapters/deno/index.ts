/** Deno: one value for `Deno.serve` and for `deno serve`. */

import {
  type AnonymousContext,
  type AuthContext,
  type ProtectedResource,
  protect as protectFetch,
  type Requirements,
  type ResourceSource,
} from '../../src/index.ts'
import { refuseRawTarget } from '../shared/reject-raw-target.ts'
import { isRequestMethod, unsupportedMethod } from '../shared/request-method.ts'
import { refuseHiddenCertificates } from '../shared/check-certificate-source.ts'

export {
  type DenoKv,
  type DenoKvAtomic,
  type DenoKvEntry,
  type DenoKvKey,
  denoKvDocumentStore,
  denoKvReplayStore,
} from './stores.ts'

/** What we know of what `Deno.serve` passes; your handler may name its own `Deno.ServeHandlerInfo`. */
export interface ServeInfo {
  /** Who is at the other end of the connection. Never read here. */
  readonly remoteAddr?: unknown
  /** Settles when the response was sent. Never read here. */
  readonly completed?: Promise<void>
}

/** Both shapes Deno knows: a handler, and a module that exports `{ fetch }`. */
export interface ProtectedServer<Info> {
  (request: Request, info: Info): Promise<Response>
  /** The handler again, for `deno serve`. */
  readonly fetch: (request: Request, info: Info) => Promise<Response>
}

type Optional = Requirements & { optional: true }
type Mandatory = Requirements & { optional?: false | undefined }

type Needs<Kind, Info> = Kind | ((request: Request, info: Info) => Kind)

type Handler<Auth, Info> = (
  request: Request,
  auth: Auth,
  info: Info,
) => Response | Promise<Response>

/**
 * Makes a protected server: `Deno.serve(protect(resource, handler))`, or `export default` the same
 * for `deno serve`.
 *
 * `Deno.serve` hands on request targets and `Host` as they were sent. A target that is not written as
 * `new URL()` writes it, such as `/notes/../admin`, is 400.
 *
 * Does not see client certificates, because `Deno.serve` does not show them: leave mutual TLS to a
 * proxy, and name its header in the resource's `mtls`.
 *
 * @param resource What is protected: one resource, several chosen by path, or a function.
 * @param handler Gets the request, untouched, the verified context, and Deno's info.
 * @param requirements What requests need beyond what the resource always needs; may be a function of
 * the request. With `optional: true` requests without credentials come through as anonymous.
 * @returns The handler, which is its own `fetch`.
 * @throws {ConfigError} If two resources of a list share a path, `requirements` are mistaken, or a
 * resource requires certificates and names no header for them.
 */
export function protect<Info = ServeInfo>(
  resource: ResourceSource<[info: Info]>,
  handler: Handler<AuthContext | AnonymousContext, Info>,
  requirements: Needs<Optional, Info>,
): ProtectedServer<Info>
export function protect<Info = ServeInfo>(
  resource: ResourceSource<[info: Info]>,
  handler: Handler<AuthContext, Info>,
  requirements?: Needs<Mandatory, Info>,
): ProtectedServer<Info>
export function protect<Info>(
  resource: ResourceSource<[info: Info]>,
  handler: Handler<AuthContext & AnonymousContext, Info>,
  requirements?: Needs<Requirements, Info>,
): ProtectedServer<Info> {
  refuseHiddenCertificates(resource, 'Deno.serve')
  const serve = protectFetch(
    resource,
    handler as Handler<AuthContext, Info>,
    requirements as Needs<Mandatory, Info>,
  )
  // A list and a function are asked about the path in the core.
  const single = typeof resource === 'object' && !Array.isArray(resource) ? resource : undefined
  const guard = async (request: Request, info: Info): Promise<Response> => {
    // Deno hands on `get`, which another `Request` made of this one has as GET.
    if (!isRequestMethod(request.method)) return unsupportedMethod()
    return (single && refuseRawTarget(request, single as ProtectedResource)) ?? serve(request, info)
  }
  return Object.assign(guard, { fetch: guard })
}
