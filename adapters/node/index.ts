/** Node: a `node:http` listener, and middleware for Express and Connect. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkHandler } from '../../src/check-request.ts'
import { isRejection } from '../../src/contract/thrown-rejection.ts'
import { ambiguousTargetResponse, isParsedForm } from '../../src/http/request-target.ts'
import { TRANSPORT } from '../../src/http/upstream.ts'
import {
  type AnonymousContext,
  type AuthContext,
  authenticate,
  challengeResponse,
  type HostFacts,
  type ProtectedResource,
  preflightResponse,
  protect as protectFetch,
  type Requirements,
  type ResourceSource,
} from '../../src/index.ts'
import { hasSessions, openSessionId, SESSION_HEADER } from '../../src/response/open-session.ts'
import { checkResources } from '../shared/check-resource.ts'
import type { Handler, Mandatory, Optional, RequirementSource } from '../shared/handler.ts'
import {
  checkGuard,
  documentBelow,
  misplacedGuardResponse,
  targetOf as placeOf,
  publishedDocument,
} from '../shared/middleware.ts'
import { rejectRawTarget } from '../shared/reject-raw-target.ts'
import { acceptsViews } from './accepts-views.ts'
import { atOrigin } from './at-origin.ts'
import { isRead, parsedBody } from './body.ts'
import { checkMount } from './check-mount.ts'
import { completeOnWrite } from './complete-on-write.ts'
import { withAuth } from './current-auth.ts'
import { methodOf } from './fields.ts'
import { failLateReaders } from './late-readers.ts'
import { pipeTransport } from './pipe.ts'
import { replaceField } from './replace-field.ts'
import { certificateOf, convertRequest, isRequest, targetOf, toRequestView } from './request.ts'
import { send, sendFailure } from './send.ts'

export { authOf } from '../../src/index.ts'
export { currentAuth } from './current-auth.ts'
export { toRequest } from './to-request.ts'

/**
 * A listener for `http.createServer`, or the last middleware of a path. Its promise never rejects.
 *
 * @example
 * ```ts
 * const listener: Listener = protect(notes, (_request, auth) =>
 *   Response.json({ user: auth.subject }),
 * )
 * // http.createServer(listener).listen(3000)
 * ```
 */
export type Listener = (
  req: IncomingMessage,
  res: ServerResponse,
  next?: (error?: Error) => void,
) => Promise<void>

/**
 * Middleware as defined by Connect, for Express and its relatives.
 *
 * @example
 * ```ts
 * const documents: Middleware = metadata([notes])
 * app.use(documents)
 * ```
 */
export type Middleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: Error) => void,
) => void

/**
 * Error middleware as defined by Connect and Express.
 *
 * @example
 * ```ts
 * const onError: ErrorMiddleware = authErrors(notes)
 * app.use(onError)
 * ```
 */
export type ErrorMiddleware = (
  error: unknown,
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void

type Host = [req: IncomingMessage, res: ServerResponse]

/**
 * Makes a protected listener: `createServer(protect(resource, handler))`.
 *
 * The URL of the request has the configured origin of the resource, whatever `Host` says. Header fields
 * that were sent twice are seen twice. Bodies are streamed in both directions. `request.signal` aborts
 * when the client disconnects. The client certificate comes from the TLS socket.
 *
 * Checks the request target: `req.url` is what the client sent. A target that differs from what
 * `new URL()` makes of it, such as `/notes/../admin`, gets a 400.
 *
 * Does not check the chain of a client certificate: use the server's `rejectUnauthorized` for that.
 *
 * An error that the handler throws is printed and becomes a 500, as on other runtimes. As middleware,
 * the listener passes it to the framework.
 *
 * @param resource The protected resource: one, a list chosen by path, or a function. The function sees
 * the origin `http://localhost`, so it must distinguish hosts by `req`, and accept only known ones.
 * @param handler Receives the untouched request, the verified context, and Node's request and response.
 * @param requirements Requirements beyond those of the resource; may be a function of the request.
 * With `optional: true` requests without credentials reach the handler as anonymous.
 * @returns The listener.
 * @throws {ConfigError} If two resources of a list share a path, or `requirements` are invalid.
 * @example
 * ```ts
 * const listener: Listener = protect(notes, (_request, auth) =>
 *   Response.json({ user: auth.subject }),
 * )
 * // http.createServer(listener).listen(3000)
 * ```
 */
export function protect(
  resource: ResourceSource<Host>,
  handler: (
    request: Request,
    auth: AuthContext | AnonymousContext,
    req: IncomingMessage,
    res: ServerResponse,
  ) => Response | Promise<Response>,
  requirements:
    | (Requirements & { optional: true })
    | ((
        request: Request,
        req: IncomingMessage,
        res: ServerResponse,
      ) => Requirements & { optional: true }),
): Listener
export function protect(
  resource: ResourceSource<Host>,
  handler: (
    request: Request,
    auth: AuthContext,
    req: IncomingMessage,
    res: ServerResponse,
  ) => Response | Promise<Response>,
  requirements?:
    | (Requirements & { optional?: false | undefined })
    | ((
        request: Request,
        req: IncomingMessage,
        res: ServerResponse,
      ) => Requirements & { optional?: false | undefined }),
): Listener
export function protect(
  resource: ResourceSource<Host>,
  handler: Handler<AuthContext & AnonymousContext, Host>,
  requirements?: RequirementSource<Requirements, Host>,
): Listener {
  if (typeof resource !== 'function') checkResources(resource, 'protect')
  checkHandler(handler)
  const origin = originOf(resource)
  const prefix = `${origin}/`
  const run = handler as Handler<AuthContext, Host>
  const readsViews = acceptsViews(handler, resource, requirements)
  const serve = protectFetch<Host>(
    resource,
    (request, auth: AuthContext, req, res) => {
      // The handler may read the opened id from Node's request, too.
      const id = request.headers.get(SESSION_HEADER)
      if (id !== null) replaceField(req, SESSION_HEADER, id)
      const own = atOrigin(request, auth, prefix)
      // A gateway finds the way around `fetch` here.
      Object.assign(own, { [TRANSPORT]: pipeTransport(req, res) })
      return withAuth(auth, () => run(own, auth, req, res))
    },
    requirements as RequirementSource<Mandatory, Host>,
    (_request, req) => {
      const certificate = certificateOf(req)
      return certificate === undefined ? undefined : { certificate }
    },
  )
  return async (req, res, next = sendFailure(res)) => {
    try {
      const convert = readsViews && !isRead(req) ? toRequestView : convertRequest
      const request = convert(req, res, origin)
      const rejection = isRequest(request) ? rejectRaw(request, resource) : request
      await send(rejection ?? (await serve(request as Request, req, res)), res, methodOf(req))
    } catch (error) {
      next(error as Error)
    }
  }
}

/**
 * Middleware that serves the metadata of your resources, and passes on all other requests:
 * `app.use(metadata([notes, files]))`, at the root and before any guard. Pass all resources to one call:
 * the metadata of any other resource is a 404.
 *
 * @param resources Every resource that this host serves.
 * @returns The middleware.
 * @example
 * ```ts
 * const documents: Middleware = metadata([notes])
 * app.use(documents)
 * ```
 * @see {@link https://www.rfc-editor.org/rfc/rfc9728.html#section-3 RFC 9728 §3}
 */
export function metadata(resources: ProtectedResource | readonly ProtectedResource[]): Middleware {
  checkResources(resources, 'metadata')
  const origin = originOf(resources)
  const places = [resources].flat().map(({ metadataUrl }) => placeOf(metadataUrl))
  return middleware(async (req, res) => {
    checkMount(req, places)
    const target = targetOf(req)
    const isPlace = target.includes('/.well-known/') || places.some((each) => target.endsWith(each))
    if (!isPlace) return 'next'
    const request = convertRequest(req, res, origin)
    if (!isRequest(request)) return request
    if (!isParsedForm(request.url)) return ambiguousTargetResponse(request)
    return (await publishedDocument(request, resources)) ?? 'next'
  })
}

/**
 * Middleware that passes on authenticated requests, and responds to all others and to CORS preflights
 * itself. The next handler finds the verified context in `req.auth`, where the MCP SDK also reads it, or
 * typed through {@link authOf}.
 *
 * Put it before body parsers. If `operations` make it read the body, it leaves the parsed value in
 * `req.body`. If a parser ran before it, the decision is based on `req.body`, and `req.body` must be what
 * you execute. A value that JSON cannot represent (with accessors, for example) gets a 400.
 *
 * In Fastify and in NestJS on Fastify: register `mcp-gatehouse/fastify` instead.
 *
 * @param resource The resource.
 * @param requirements Requirements of these routes beyond those of the resource. With
 * `optional: true` requests without credentials pass as anonymous.
 * @returns The middleware.
 * @throws {ConfigError} If `requirements` are invalid.
 * @throws {TypeError} If `requirements` are a function, which only `protect()` takes.
 * @example
 * ```ts
 * app.post('/notes', bearerAuth(notes), (req, res) => {
 *   requireScopes(authOf(req), ['notes:write'])
 *   res.json({ user: authOf(req).subject })
 * })
 * ```
 */
export function bearerAuth(resource: ProtectedResource, requirements?: Requirements): Middleware {
  checkGuard(resource, requirements ?? {})
  const origin = originOf(resource)
  return middleware(async (req, res) => {
    const request = toRequestView(req, res, origin)
    if (!isRequest(request)) return request
    const response =
      rejectRawTarget(request, resource) ??
      documentBelow(request, resource) ??
      misplacedGuardResponse(request, resource) ??
      preflightResponse(request, resource)
    if (response !== undefined) return response
    const wasRead = req.readableDidRead
    const host = hostFactsOf(req)
    const auth = await authenticate(request, resource, requirements as Optional, host)
    if (!auth.ok) return auth
    if (req.readableDidRead && !wasRead) {
      Object.assign(req, { body: JSON.parse(await request.text()) })
      failLateReaders(req, res)
    }
    const hasIds = hasSessions(resource)
    const id = hasIds ? await openSessionId(request, auth, resource) : undefined
    if (typeof id === 'object') return id
    ;(req as { auth?: unknown }).auth = auth
    completeOnWrite(res, { request, auth, resource }, hasIds)
    if (id !== undefined) replaceField(req, SESSION_HEADER, id)
    return auth
  })
}

/**
 * Error middleware that turns an `AuthError` of a later handler (thrown by `requireScopes`, for example)
 * or an `ExchangeError` into its response: `app.use(authErrors(resource))`, last. It passes on all other errors.
 *
 * @param resource The resource whose challenge is sent.
 * @param requirements The requirements of the route where no {@link bearerAuth} stored its context. The
 * challenge names them together with the scopes of the error.
 * @returns The middleware.
 * @example
 * ```ts
 * const onError: ErrorMiddleware = authErrors(notes)
 * app.use(onError)
 * ```
 */
export function authErrors(
  resource: ProtectedResource,
  requirements?: Requirements,
): ErrorMiddleware {
  const origin = originOf(resource)
  return (error, req, res, next) => {
    if (!isRejection(error) || res.headersSent) return next(error)
    const request = toRequestView(req, res, origin)
    const response = isRequest(request)
      ? challengeResponse(error, resource, request, contextOf(req) ?? requirements)
      : request
    send(response, res, methodOf(req)).catch(next)
  }
}

function contextOf<Auth extends AuthContext | AnonymousContext>(
  req: IncomingMessage,
): Auth | undefined {
  const { auth } = req as { auth?: Auth | null }
  return auth?.ok === true ? auth : undefined
}

/** A response to send, or a request to pass on: an accepted one with its context. */
type Handled = Response | AuthContext | AnonymousContext | 'next'

/** `undefined` for most requests, so that the decision takes its shortest way. */
function hostFactsOf(req: IncomingMessage): HostFacts | undefined {
  const [certificate, body] = [certificateOf(req), parsedBody(req)]
  return certificate === undefined && body === undefined ? undefined : { certificate, body }
}

/** Sends the response that `handle` returns, or passes the request on. */
function middleware(
  handle: (req: IncomingMessage, res: ServerResponse) => Promise<Handled>,
): Middleware {
  return (req, res, next) => {
    handle(req, res).then((response) => {
      // An error that `next()` throws must not be passed to it again, so there is no `catch` after this.
      if (response === 'next') next()
      else if (!('status' in response)) withAuth(response, () => next())
      else send(response, res, methodOf(req)).catch(next)
    }, next)
  }
}

/** For a list or a function, the core checks the target when it chooses the resource. */
function rejectRaw(request: Request, resource: ResourceSource<Host>): Response | undefined {
  if (typeof resource === 'function' || Array.isArray(resource)) return undefined
  return rejectRawTarget(request, resource as ProtectedResource)
}

function originOf(resource: ResourceSource<Host>): string {
  const [first] = [resource].flat() as (ProtectedResource | (() => unknown) | undefined)[]
  return typeof first === 'object' ? new URL(first.identifier).origin : 'http://localhost'
}
