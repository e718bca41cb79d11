/** Hono: metadata as a sub-application, authentication as middleware. */

import { type Context, Hono, type MiddlewareHandler } from 'hono'
import {
  distinctPaths,
  hasOneReading,
  isParsedForm,
  parseTarget,
} from '../src/http/request-target.ts'
import {
  type AnonymousContext,
  type AuthContext,
  AuthError,
  authenticate,
  authorizationServerMetadataResponse,
  challengeResponse,
  completeResponse,
  type HostFacts,
  isAuthError,
  metadataResponse,
  type ProtectedResource,
  preflightResponse,
  protect,
  type Requirements,
} from '../src/index.ts'
import { overlay } from '../src/lib/overlay.ts'

/** What {@link bearerAuth} leaves for handlers: `c.var.auth`. */
export interface AuthVariables<Auth extends AuthContext | AnonymousContext = AuthContext> {
  /** The verified context; with `optional: true` it may be anonymous. */
  auth: Auth
}

/**
 * A resource, or which one it is for this request (by `c.env`, say): the same object each time. Where a
 * path can be read in several ways, {@link bearerAuth} asks about each, and the answers must not differ.
 */
export type HonoResource<Resource> = Resource | ((c: Context) => Resource)

/**
 * The metadata documents of your resources as an application to mount at the root, where RFC 9728
 * wants them whatever the path of your MCP endpoint: `app.route('/', metadata(notes))`.
 *
 * @param resources Every resource this host serves, or a function of the context.
 * @returns A Hono application that answers requests for metadata and passes on all others.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9728.html#section-3 RFC 9728 §3}
 */
export function metadata(
  resources: HonoResource<ProtectedResource | readonly ProtectedResource[]>,
): Hono {
  const app = new Hono()
  app.use('*', async (c, next) => {
    const known = typeof resources === 'function' ? resources(c) : resources
    const response = metadataResponse(c.req.raw, known) ?? (await mirrored(c.req.raw, known))
    if (response === undefined) return next()
    if (response.status !== 404) return response
    // Another metadata() mounted later may know the document; a guard of everything does not, and
    // its 401 would send a client that looks for metadata in a circle.
    await next()
    if (c.res.status === 404 || c.res.status === 401) replaceResponse(c, response)
    return undefined
  })
  return app
}

/**
 * Middleware that lets only requests through that may pass, and answers all others (and CORS
 * preflights) itself. Handlers find the verified context in `c.var.auth`. An `AuthError` they throw
 * becomes its response.
 *
 * @param resource The resource, or a function of the context.
 * @param requirements What these routes need beyond what the resource always needs. With
 * `optional: true` requests without credentials pass as anonymous.
 * @returns The middleware.
 * @throws {ConfigError} If `requirements` are mistaken.
 */
export function bearerAuth(
  resource: HonoResource<ProtectedResource>,
  requirements: Optional,
): MiddlewareHandler<{ Variables: AuthVariables<AuthContext | AnonymousContext> }>
export function bearerAuth(
  resource: HonoResource<ProtectedResource>,
  requirements?: Requirements & { optional?: false | undefined },
): MiddlewareHandler<{ Variables: AuthVariables }>
export function bearerAuth(
  resource: HonoResource<ProtectedResource>,
  requirements: Requirements = {},
): MiddlewareHandler {
  refuseMistakes(requirements)
  return async (c, next): Promise<Response | undefined> => {
    const { chosen, isClear } = choose(c, resource)
    if (!isClear) {
      return challengeResponse(new AuthError('target_ambiguous'), chosen, c.req.raw)
    }
    const preflight = preflightResponse(c.req.raw, chosen)
    if (preflight !== undefined) return preflight
    const host: HostFacts = { waitUntil: waitUntilOf(c) }
    const auth = await authenticate(c.req.raw, chosen, requirements as Optional, host)
    if (!auth.ok) return auth
    c.set('auth', auth)
    await next()
    const refused = isAuthError(c.error)
      ? challengeResponse(c.error, chosen, c.req.raw, auth)
      : undefined
    const response = refused ?? completeResponse(c.res, c.req.raw, auth, chosen)
    if (response !== c.res) replaceResponse(c, response)
    return undefined
  }
}

/** The resource, and whether the target is for it however it is read. */
function choose(
  c: Context,
  resource: HonoResource<ProtectedResource>,
): { readonly chosen: ProtectedResource; readonly isClear: boolean } {
  const { url } = c.req.raw
  if (typeof resource !== 'function') return { chosen: resource, isClear: isParsedForm(url) }
  const chosen = resource(c)
  return { chosen, isClear: hasOneReading(url) || isSameEverywhere(c, resource, chosen) }
}

function isSameEverywhere(
  c: Context,
  resource: (c: Context) => ProtectedResource,
  chosen: ProtectedResource,
): boolean {
  const url = parseTarget(c.req.raw.url)
  const paths = url && distinctPaths(url.pathname)
  if (url === undefined || paths === undefined) return false
  return paths.slice(1).every((path) => {
    const other = `${url.origin}${path}${url.search}`
    const raw = overlay(c.req.raw, { url: other })
    const req = overlay(c.req, { raw, url: other, path })
    return resource(overlay(c, { req })) === chosen
  })
}

type Optional = Requirements & { optional: true }

/** The core judges requirements when it is given them. */
function refuseMistakes(requirements: Requirements): void {
  // One that is asked for each request is for `protect()`; here it would ask for nothing.
  if (typeof requirements !== 'object') throw new TypeError('Requirements must be an object here.')
  protect(
    () => undefined,
    () => new Response(),
    requirements as Optional,
  )
}

/** Hono merges headers into a response that replaces another; ours is complete. */
function replaceResponse(c: Context, response: Response): void {
  c.res = undefined
  c.res = response
}

async function mirrored(
  request: Request,
  resources: ProtectedResource | readonly ProtectedResource[],
): Promise<Response | undefined> {
  for (const resource of [resources].flat() as ProtectedResource[]) {
    const response = await authorizationServerMetadataResponse(request, resource)
    if (response !== undefined) return response
  }
  return undefined
}

/** Only some hosts have an execution context; Hono throws where there is none. */
function waitUntilOf(c: Context): HostFacts['waitUntil'] {
  try {
    const { executionCtx } = c
    return (work) => executionCtx.waitUntil(work)
  } catch {
    return undefined
  }
}
