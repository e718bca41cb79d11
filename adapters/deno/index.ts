/** Deno: one value for `Deno.serve` and for `deno serve`. */

import {
  type AnonymousContext,
  type AuthContext,
  type ProtectedResource,
  protect as protectFetch,
  type Requirements,
  type ResourceSource,
} from '../../src/index.ts'
import { checkCertificateSource } from '../shared/check-certificate-source.ts'
import type { Handler, Mandatory, RequirementSource } from '../shared/handler.ts'
import { afterRest } from '../shared/read-rest.ts'
import { rejectRawTarget } from '../shared/reject-raw-target.ts'
import { isRequestMethod, unsupportedMethod } from '../shared/request-method.ts'

export {
  type DenoKv,
  type DenoKvAtomic,
  type DenoKvEntry,
  type DenoKvKey,
  denoKvDocumentStore,
  denoKvReplayStore,
} from './stores.ts'

/**
 * What `Deno.serve` passes to a handler. Your handler may name `Deno.ServeHandlerInfo` itself.
 *
 * @example
 * ```ts
 * const server: ProtectedServer<ServeInfo> = protect(notes, (_request, auth) =>
 *   Response.json({ user: auth.subject }),
 * )
 * // Deno.serve(server), or: export default server
 * ```
 */
export interface ServeInfo {
  /** The address of the client. The adapter does not read it. */
  readonly remoteAddr?: unknown
  /** Settles when the response was sent. The adapter does not read it. */
  readonly completed?: Promise<void>
}

/**
 * A handler for `Deno.serve`, and a module for `deno serve`.
 *
 * @example
 * ```ts
 * const server: ProtectedServer<ServeInfo> = protect(notes, (_request, auth) =>
 *   Response.json({ user: auth.subject }),
 * )
 * // Deno.serve(server), or: export default server
 * ```
 */
export interface ProtectedServer<Info> {
  (request: Request, info: Info): Promise<Response>
  /** The same handler, for `deno serve`. */
  readonly fetch: (request: Request, info: Info) => Promise<Response>
}

/**
 * Makes a protected server: `Deno.serve(protect(resource, handler))`, or as a default export for
 * `deno serve`.
 *
 * Checks the request target: `Deno.serve` passes targets and `Host` on as the client sent them. A
 * target that differs from what `new URL()` makes of it, such as `/notes/../admin`, gets a 400.
 *
 * Does not check client certificates, because `Deno.serve` does not show them. Terminate mutual TLS at
 * a proxy and name its header in the resource's `mtls`.
 *
 * @param resource The protected resource: one, a list chosen by path, or a function.
 * @param handler Receives the untouched request, the verified context, and Deno's info.
 * @param requirements Requirements beyond those of the resource; may be a function of the request.
 * With `optional: true` requests without credentials reach the handler as anonymous.
 * @returns The handler, which is also its own `fetch` member.
 * @throws {ConfigError} If two resources of a list share a path, `requirements` are invalid, or a
 * resource requires certificates and names no header for them.
 * @example
 * ```ts
 * const server: ProtectedServer<ServeInfo> = protect(notes, (_request, auth) =>
 *   Response.json({ user: auth.subject }),
 * )
 * // Deno.serve(server), or: export default server
 * ```
 */
export function protect<Info = ServeInfo>(
  resource: ResourceSource<[info: Info]>,
  handler: (
    request: Request,
    auth: AuthContext | AnonymousContext,
    info: Info,
  ) => Response | Promise<Response>,
  requirements:
    | (Requirements & { optional: true })
    | ((request: Request, info: Info) => Requirements & { optional: true }),
): ProtectedServer<Info>
export function protect<Info = ServeInfo>(
  resource: ResourceSource<[info: Info]>,
  handler: (request: Request, auth: AuthContext, info: Info) => Response | Promise<Response>,
  requirements?:
    | (Requirements & { optional?: false | undefined })
    | ((request: Request, info: Info) => Requirements & { optional?: false | undefined }),
): ProtectedServer<Info>
export function protect<Info>(
  resource: ResourceSource<[info: Info]>,
  handler: Handler<AuthContext & AnonymousContext, [info: Info]>,
  requirements?: RequirementSource<Requirements, [info: Info]>,
): ProtectedServer<Info> {
  checkCertificateSource(resource, 'Deno.serve')
  const serve = protectFetch(
    resource,
    handler as Handler<AuthContext, [Info]>,
    requirements as RequirementSource<Mandatory, [Info]>,
  )
  // For a list or a function, the core checks the target when it chooses the resource.
  const single = typeof resource === 'object' && !Array.isArray(resource) ? resource : undefined
  const guard = async (request: Request, info: Info): Promise<Response> => {
    // Deno passes on `get`, which a copy of this `Request` would have as `GET`.
    if (!isRequestMethod(request.method)) return unsupportedMethod()
    const arrivedMs = performance.now()
    const rejection = single && rejectRawTarget(request, single as ProtectedResource)
    const response = rejection ?? (await serve(request, info))
    // Deno would neither respond nor report it.
    if (response === undefined) throw new TypeError('The handler returned no Response.')
    return response.ok ? response : afterRest(request, response, arrivedMs)
  }
  return Object.assign(guard, { fetch: guard })
}
