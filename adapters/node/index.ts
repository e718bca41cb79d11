/** Node: a `node:http` listener, and middleware for Express, Connect and Fastify. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { ambiguousTargetResponse, isParsedForm } from '../../src/http/request-target.ts'
import {
  type AnonymousContext,
  type AuthContext,
  authenticate,
  authorizationServerMetadataResponse,
  challengeResponse,
  completeResponse,
  type HostFacts,
  isAuthError,
  metadataResponse,
  type ProtectedResource,
  preflightResponse,
  protect as protectFetch,
  type Requirements,
  type ResourceSource,
} from '../../src/index.ts'
import { refuseRawTarget } from '../shared/reject-raw-target.ts'
import { methodOf } from './fields.ts'
import {
  bodyReadOf,
  certificateOf,
  send,
  sendFailure,
  targetOf,
  toRequest,
  toRequestView,
  whenSent,
} from './request.ts'

/** For `http.createServer`; also the last middleware of a path. Never rejects. */
export type Listener = (
  req: IncomingMessage,
  res: ServerResponse,
  next?: (error?: Error) => void,
) => Promise<void>

/** Middleware as Connect made it, for Express and, as an `onRequest` hook on `raw`, for Fastify. */
export type Middleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: Error) => void,
) => void

/** Middleware for errors, as Connect and Express have it. */
export type ErrorMiddleware = (
  error: unknown,
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void

type Host = [req: IncomingMessage, res: ServerResponse]
type Optional = Requirements & { optional: true }
type Mandatory = Requirements & { optional?: false | undefined }
type Needs<Kind> = Kind | ((request: Request, ...host: Host) => Kind)
type Handler<Auth> = (request: Request, auth: Auth, ...host: Host) => Response | Promise<Response>
type Resources = ProtectedResource | readonly ProtectedResource[]

/**
 * Makes a protected listener: `createServer(protect(resource, handler))`.
 *
 * The request's URL has the configured origin of the resource, whatever `Host` says; a target that is not
 * written as `new URL()` writes it, such as `/notes/../admin`, is 400, because `req.url` holds it as sent; headers that came
 * twice are seen twice; bodies are streamed both ways; `request.signal` aborts when the client leaves.
 * The certificate of a client that presented one is taken from the TLS socket, trusted or not: that is
 * the server's `rejectUnauthorized` to decide.
 *
 * An error of the handler is answered with 500 and printed, as other runtimes do; as middleware it is
 * the framework's.
 *
 * @param resource What is protected: one resource, several chosen by path, or a function. The function
 * sees the origin `http://localhost`, so let it tell hosts apart by `req`, and only those it knows.
 * @param handler Gets the request, untouched, the verified context, and Node's own two objects.
 * @param requirements What requests need beyond what the resource always needs; may be a function of
 * the request. With `optional: true` requests without credentials come through as anonymous.
 * @returns The listener.
 * @throws {ConfigError} If two resources of a list share a path, or `requirements` are mistaken.
 */
export function protect(
  resource: ResourceSource<Host>,
  handler: Handler<AuthContext | AnonymousContext>,
  requirements: Needs<Optional>,
): Listener
export function protect(
  resource: ResourceSource<Host>,
  handler: Handler<AuthContext>,
  requirements?: Needs<Mandatory>,
): Listener
export function protect(
  resource: ResourceSource<Host>,
  handler: Handler<AuthContext & AnonymousContext>,
  requirements?: Needs<Requirements>,
): Listener {
  const origin = originOf(resource)
  const run = handler as Handler<AuthContext>
  const serve = protectFetch<Host>(
    resource,
    (request, auth: AuthContext, ...host) => run(atOrigin(request, auth), auth, ...host),
    requirements as Needs<Mandatory>,
    (_request, req) => ({ certificate: certificateOf(req) }),
  )
  return async (req, res, next = sendFailure(res)) => {
    try {
      const request = toRequest(req, res, origin)
      const refused = isRequest(request) ? refuseRaw(request, resource) : request
      await send(refused ?? (await serve(request as Request, req, res)), res, methodOf(req))
    } catch (error) {
      next(error as Error)
    }
  }
}

/**
 * Middleware that answers requests for the metadata of your resources, and passes on all others:
 * `app.use(metadata([notes, files]))`, at the root and before any guard. Give it all resources at
 * once: of a resource it does not know it says 404.
 *
 * @param resources Every resource this host serves.
 * @returns The middleware.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9728.html#section-3 RFC 9728 §3}
 */
export function metadata(resources: Resources): Middleware {
  const origin = originOf(resources)
  return middleware(async (req, res) => {
    if (!targetOf(req).includes('/.well-known/')) return 'next'
    const request = toRequest(req, res, origin)
    if (!isRequest(request)) return request
    if (!isParsedForm(request.url)) return ambiguousTargetResponse(request)
    return metadataResponse(request, resources) ?? (await mirrored(request, resources)) ?? 'next'
  })
}

/**
 * Middleware that lets only requests through that may pass, and answers all others (and CORS
 * preflights) itself. What comes after finds the verified context in `req.auth`, where the MCP SDK
 * looks for it too, or typed through {@link authOf}.
 *
 * Put it before body parsers. Where `operations` made it read the body, the parsed value is left in
 * `req.body`; where a parser was first, `req.body` itself is what is judged, and it must be what you
 * execute. An object that a parser did not make of JSON (with accessors, say) is a 400.
 *
 * In Fastify: `addHook('onRequest', (request, reply, done) => guard(request.raw, reply.raw, done))`,
 * and with `operations` a content type parser that takes `request.raw.body`.
 *
 * @param resource The resource.
 * @param requirements What these routes need beyond what the resource always needs. With
 * `optional: true` requests without credentials pass as anonymous.
 * @returns The middleware.
 * @throws {ConfigError} If `requirements` are mistaken.
 */
export function bearerAuth(
  resource: ProtectedResource,
  requirements: Requirements = {},
): Middleware {
  // One that is asked for each request is for `protect()`; here it would ask for nothing.
  if (typeof requirements !== 'object') throw new TypeError('Requirements must be an object here.')
  refuseMistakes(requirements)
  const origin = originOf(resource)
  return middleware(async (req, res) => {
    const request = toRequestView(req, res, origin)
    if (!isRequest(request)) return request
    const refused = refuseRawTarget(request, resource) ?? preflightResponse(request, resource)
    if (refused !== undefined) return refused
    const wasRead = req.readableDidRead
    const host: HostFacts = { certificate: certificateOf(req), body: bodyReadOf(req) }
    const auth = await authenticate(request, resource, requirements as Optional, host)
    if (!auth.ok) return auth
    if (req.readableDidRead && !wasRead) {
      Object.assign(req, { body: JSON.parse(await request.text()) })
    }
    Object.assign(req, { auth })
    whenSent(res, (response) => completeResponse(response, request, auth, resource))
    return 'next'
  })
}

/**
 * The context that {@link bearerAuth} left, typed. In Fastify ask for that of `request.raw`.
 *
 * @param req The request.
 * @returns The context. Where the guard was `optional: true`, say so:
 * `authOf<AuthContext | AnonymousContext>(req)`.
 * @throws {TypeError} If no `bearerAuth()` let this request through: a forgotten guard opens no door.
 */
export function authOf<Auth extends AuthContext | AnonymousContext = AuthContext>(
  req: IncomingMessage,
): Auth {
  const auth = contextOf<Auth>(req)
  if (auth === undefined) throw new TypeError('No bearerAuth() has let this request through.')
  return auth
}

/**
 * Error middleware that turns an `AuthError` thrown further on (by `requireScopes`, say) into its
 * response: `app.use(authErrors(resource))`, last. Other errors are passed on.
 *
 * @param resource The resource whose challenge to send.
 * @param requirements What the request needs at the door, where no {@link bearerAuth} has left its
 * context: a challenge names everything needed at once.
 * @returns The middleware.
 */
export function authErrors(
  resource: ProtectedResource,
  requirements?: Requirements,
): ErrorMiddleware {
  const origin = originOf(resource)
  return (error, req, res, next) => {
    if (!isAuthError(error) || res.headersSent) return next(error)
    const request = toRequestView(req, res, origin)
    const answer = isRequest(request)
      ? challengeResponse(error, resource, request, contextOf(req) ?? requirements)
      : request
    send(answer, res, methodOf(req)).catch(next)
  }
}

function contextOf<Auth extends AuthContext | AnonymousContext>(
  req: IncomingMessage,
): Auth | undefined {
  const { auth } = req as { auth?: Auth | null }
  return auth?.ok === true ? auth : undefined
}

/** The verdict is either a response, or that whatever comes next may have the request. */
function middleware(
  judge: (req: IncomingMessage, res: ServerResponse) => Promise<Response | 'next'>,
): Middleware {
  return (req, res, next) => {
    judge(req, res).then((verdict) => {
      // An error of what comes next must not be passed to it again.
      if (verdict === 'next') next()
      else send(verdict, res, methodOf(req)).catch(next)
    }, next)
  }
}

/** The core judges requirements when it is given them. */
function refuseMistakes(requirements: Requirements): void {
  protectFetch<Host>(
    () => undefined,
    () => new Response(),
    requirements as Mandatory,
  )
}

async function mirrored(request: Request, resources: Resources): Promise<Response | undefined> {
  for (const resource of [resources].flat() as ProtectedResource[]) {
    const response = await authorizationServerMetadataResponse(request, resource)
    if (response !== undefined) return response
  }
  return undefined
}

/** A list and a function are asked about the path in the core. */
function refuseRaw(request: Request, resource: ResourceSource<Host>): Response | undefined {
  if (typeof resource === 'function' || Array.isArray(resource)) return undefined
  return refuseRawTarget(request, resource as ProtectedResource)
}

function originOf(resource: ResourceSource<Host>): string {
  const [first] = [resource].flat() as (ProtectedResource | (() => unknown) | undefined)[]
  return typeof first === 'object' ? new URL(first.identifier).origin : 'http://localhost'
}

/** Where the origin becomes known only with the resource, the handler gets the right one. */
function atOrigin(request: Request, { identifier }: AuthContext): Request {
  const { origin } = new URL(identifier)
  if (request.url.startsWith(`${origin}/`)) return request
  const { pathname, search } = new URL(request.url)
  return new Request(`${origin}${pathname}${search}`, request)
}

function isRequest(value: Request | Response): value is Request {
  return 'method' in value
}
