/** Hono: metadata as a sub-application, authentication as middleware. */

import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { warn } from '../src/contract/events.ts'
import { isRejection } from '../src/contract/thrown-rejection.ts'
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
  challengeResponse,
  completeResponse,
  type HostFacts,
  openSession,
  type ProtectedResource,
  preflightResponse,
  type Requirements,
} from '../src/index.ts'
import { overlay } from '../src/lib/overlay.ts'
import { ACCEPTED } from '../src/resource/context-facts.ts'
import { stateOf } from '../src/resource/state.ts'
import { checkMetadata, checkResource } from './shared/check-resource.ts'
import type { Optional } from './shared/handler.ts'
import {
  checkGuard,
  documentBelow,
  publishedDocument,
  withMisplacement,
} from './shared/middleware.ts'
import { pathAndQueryOf } from './shared/path-and-query.ts'

/**
 * The variables that {@link bearerAuth} sets for handlers: `c.var.auth`.
 *
 * @example
 * ```ts
 * const routes = new Hono<{ Variables: AuthVariables }>()
 * routes.post('/', (c) => c.json({ user: c.var.auth.subject }))
 * ```
 */
export interface AuthVariables<Auth extends AuthContext | AnonymousContext = AuthContext> {
  /** The verified context; with `optional: true` it may be anonymous. */
  auth: Auth
}

/**
 * A resource, or a function that chooses one for a request, for example by `c.env`. It must return the
 * same object each time. Where routers can read a path in several ways, {@link bearerAuth} calls it once
 * for each reading, and rejects the request if the results differ.
 *
 * @example
 * ```ts
 * const byHost = new Map([['api.example.com', notes]])
 *
 * const resource: HonoResource<ProtectedResource> = (c) =>
 *   byHost.get(new URL(c.req.url).host) ?? notes
 * ```
 */
export type HonoResource<Resource> = Resource | ((c: Context) => Resource)

/**
 * The metadata documents of your resources as an application. Mount it at the root, where RFC 9728
 * places the documents, whatever the path of your MCP endpoint: `app.route('/', metadata(notes))`.
 *
 * Below a path it sees no requests for the metadata, and a `warning` event says so.
 *
 * @param resources Every resource that this host serves, or a function of the context.
 * @returns A Hono application that serves metadata and passes on all other requests.
 * @throws {ConfigError} If two of the resources have the same metadata URL.
 * @example
 * ```ts
 * const app = new Hono()
 * app.route('/', metadata(notes))
 * app.post('/notes', bearerAuth(notes, { scopes: ['notes:read'] }), (c) =>
 *   c.json({ user: c.var.auth.subject }),
 * )
 * ```
 * @see {@link https://www.rfc-editor.org/rfc/rfc9728.html#section-3 RFC 9728 §3}
 */
export function metadata(
  resources: HonoResource<ProtectedResource | readonly ProtectedResource[]>,
): Hono {
  if (typeof resources !== 'function') checkMetadata(resources)
  const app = new Hono()
  let isChecked = false
  app.use('*', async (c, next) => {
    const known = typeof resources === 'function' ? resources(c) : resources
    const response = await publishedDocument(c.req.raw, known)
    if (!isChecked) warnOfMount(c.req.routePath, [known].flat())
    isChecked = true
    if (response === undefined) return next()
    if (response.status !== 404) return response
    // A metadata() mounted later may serve the document. A guard of all paths would respond with 401,
    // which points the client at the metadata it is looking for.
    await next()
    if (c.res.status === 404 || c.res.status === 401) replaceResponse(c, response)
    return undefined
  })
  return app
}

/**
 * Middleware that passes on authenticated requests, and responds to all others and to CORS preflights
 * itself. Handlers find the verified context in `c.var.auth`. An `AuthError` or an `ExchangeError` that a
 * handler throws becomes its response. A further `bearerAuth()` of the same resource adds its requirements: a proof is
 * accepted once for all of them, and session ids are opened and sealed once.
 *
 * @param resource The resource, or a function of the context.
 * @param requirements Requirements of these routes beyond those of the resource. With
 * `optional: true` requests without credentials pass as anonymous.
 * @returns The middleware.
 * @throws {ConfigError} If `requirements` are invalid, such as a function, which only `protect()` takes.
 * @example
 * ```ts
 * const app = new Hono()
 * app.route('/', metadata(notes))
 * app.post('/notes', bearerAuth(notes, { scopes: ['notes:read'] }), (c) =>
 *   c.json({ user: c.var.auth.subject }),
 * )
 * ```
 */
export function bearerAuth(
  resource: HonoResource<ProtectedResource>,
  requirements: Requirements & { optional: true },
): MiddlewareHandler<{ Variables: AuthVariables<AuthContext | AnonymousContext> }>
export function bearerAuth(
  resource: HonoResource<ProtectedResource>,
  requirements?: Requirements & { optional?: false | undefined },
): MiddlewareHandler<{ Variables: AuthVariables }>
export function bearerAuth(
  resource: HonoResource<ProtectedResource>,
  requirements: Requirements = {},
): MiddlewareHandler {
  checkGuard(resource, requirements)
  return async (c, next): Promise<Response | undefined> => {
    const { chosen, isUnambiguous } = choose(c, resource)
    if (!isUnambiguous) {
      return challengeResponse(new AuthError('target_ambiguous'), chosen, c.req.raw)
    }
    const early = documentBelow(c.req.raw, chosen) ?? preflightResponse(c.req.raw, chosen)
    if (early !== undefined) return early
    const contexts = contextsOf(c)
    const former = contexts.get(chosen)
    const host = { waitUntil: waitUntilOf(c), [ACCEPTED]: former } as HostFacts
    const facts = withMisplacement(host, c.req.raw, chosen)
    const auth = await authenticate(c.req.raw, chosen, requirements as Optional, facts)
    if (!auth.ok) return auth
    // Middleware between two guards may have set another token, which has another session.
    const isAgain = former && (former as AuthContext).token === (auth as AuthContext).token
    if (!isAgain) {
      const opened = await openSession(c.req.raw, auth, chosen, host)
      if (!('method' in opened)) return opened
      c.req.raw = opened
    }
    contexts.set(chosen, auth)
    c.set('auth', auth)
    await next()
    // The first guard of the resource completes the response.
    if (isAgain) return undefined
    const rejection = isRejection(c.error)
      ? challengeResponse(c.error, chosen, c.req.raw, contexts.get(chosen))
      : undefined
    const completed = rejection ?? completeResponse(c.res, c.req.raw, auth, chosen)
    if (completed !== c.res) replaceResponse(c, completed)
    return undefined
  }
}

/** The key of the contexts of a request, in the variables of Hono. */
const CONTEXTS = Symbol('mcp-gatehouse.contexts')

type Contexts = Map<ProtectedResource, AuthContext | AnonymousContext>

/** The last context of each resource whose guard has accepted the request. */
function contextsOf(c: Context): Contexts {
  const known = c.get(CONTEXTS as never) as Contexts | undefined
  const contexts = known ?? new Map()
  if (known === undefined) c.set(CONTEXTS as never, contexts)
  return contexts
}

/** A path without parameters, which might stand for `.well-known`. */
const MOUNTED = /^((?:\/[\w.~-]+)+)\/\*$/

/** Reports resources whose metadata does not arrive here, because the application is mounted at a path. */
function warnOfMount(route: string | undefined, resources: readonly ProtectedResource[]): void {
  const base = MOUNTED.exec(route ?? '')?.[1]
  if (base === undefined) return
  for (const resource of resources) {
    const target = pathAndQueryOf(resource.metadataUrl)
    if (target.startsWith(`${base}/`)) continue
    const message = `has metadata() below ${base}, where requests for ${target} do not arrive; mount it on the application that listens: app.route('/', metadata(resource))`
    warn(stateOf(resource).events.onEvent, { path: 'hono', message }, resource.identifier)
  }
}

/** The resource, and whether every reading of the target leads to it. */
function choose(
  c: Context,
  resource: HonoResource<ProtectedResource>,
): { readonly chosen: ProtectedResource; readonly isUnambiguous: boolean } {
  const { url } = c.req.raw
  if (typeof resource !== 'function') return { chosen: resource, isUnambiguous: isParsedForm(url) }
  const chosen = resource(c)
  checkResource(chosen, 'bearerAuth')
  return { chosen, isUnambiguous: hasOneReading(url) || isSameForAllReadings(c, resource, chosen) }
}

/**
 * Calls the function of the application with the context of each other reading of the path. It may read
 * the path from `c.req.path`, `c.req.url` or `c.req.raw.url`, and everything else must stay the same, so
 * the context is not copied (a copied `Request` takes the body with it) but seen through overlays.
 */
function isSameForAllReadings(
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

/** Hono merges the old headers into a new `c.res`, unless it is cleared first. */
function replaceResponse(c: Context, response: Response): void {
  c.res = undefined
  c.res = response
}

/** Hono throws on hosts without an execution context. */
function waitUntilOf(c: Context): HostFacts['waitUntil'] {
  try {
    const { executionCtx } = c
    return (work) => executionCtx.waitUntil(work)
  } catch {
    return undefined
  }
}
