/** Node: a `node:http` listener, and middleware for Express and Connect. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { isRejection } from '../../src/contract/thrown-rejection.ts'
import { ambiguousTargetResponse, isParsedForm } from '../../src/http/request-target.ts'
import {
  type AnonymousContext,
  type AuthContext,
  authenticate,
  challengeResponse,
  type HostFacts,
  type ProtectedResource,
  preflightResponse,
  type Requirements,
} from '../../src/index.ts'
import { ACCEPTED } from '../../src/resource/context-facts.ts'
import { hasSessions, openSessionId, SESSION_HEADER } from '../../src/response/open-session.ts'
import { checkMetadata, checkResource } from '../shared/check-resource.ts'
import type { Optional } from '../shared/handler.ts'
import {
  checkGuard,
  documentBelow,
  publishedDocument,
  withMisplacement,
} from '../shared/middleware.ts'
import { pathAndQueryOf } from '../shared/path-and-query.ts'
import { rejectRawTarget } from '../shared/reject-raw-target.ts'
import { originOf } from './at-origin.ts'
import { parsedBody } from './body.ts'
import { checkMount } from './check-mount.ts'
import { acceptedBefore, completeOnWrite } from './complete-on-write.ts'
import { withAuth } from './current-auth.ts'
import { methodOf } from './fields.ts'
import { ended, serveLateReaders } from './late-readers.ts'
import { replaceField } from './replace-field.ts'
import { certificateOf, convertRequest, isRequest, targetOf, toRequestView } from './request.ts'
import { send } from './send.ts'

export { authOf } from '../../src/index.ts'
export { currentAuth } from './current-auth.ts'
export { type Listener, protect } from './protect.ts'
export { toRequest } from './to-request.ts'

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

/**
 * Middleware that serves the metadata of your resources, and passes on all other requests:
 * `app.use(metadata([notes, files]))`, at the root and before any guard. Pass all resources to one call:
 * the metadata of any other resource is a 404.
 *
 * @param resources Every resource that this host serves.
 * @returns The middleware.
 * @throws {ConfigError} If two of the resources have the same metadata URL.
 * @example
 * ```ts
 * const documents: Middleware = metadata([notes])
 * app.use(documents)
 * ```
 * @see {@link https://www.rfc-editor.org/rfc/rfc9728.html#section-3 RFC 9728 §3}
 */
export function metadata(resources: ProtectedResource | readonly ProtectedResource[]): Middleware {
  checkMetadata(resources)
  const origin = originOf(resources)
  const places = [resources].flat().map(({ metadataUrl }) => pathAndQueryOf(metadataUrl))
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
 * `req.body` and the bytes in `req.rawBody`, and iterators of the stream get them again. If a parser ran before it, the
 * decision is based on `req.body`, and `req.body` must be what you execute. A value that JSON cannot represent (with
 * accessors, for example) gets a 400.
 *
 * A further `bearerAuth()` of the same resource, such as one of a route with `scopes` of its own, adds its requirements: a
 * proof is accepted once for all of them, and session ids are opened and sealed once.
 *
 * In Fastify and in NestJS on Fastify: register `mcp-gatehouse/fastify` instead.
 *
 * @param resource The resource.
 * @param requirements Requirements of these routes beyond those of the resource. With
 * `optional: true` requests without credentials pass as anonymous.
 * @returns The middleware.
 * @throws {ConfigError} If `requirements` are invalid, such as a function, which only `protect()` takes.
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
      preflightResponse(request, resource)
    if (response !== undefined) return response
    const wasRead = req.readableDidRead
    const former = acceptedBefore(res, resource)
    const host = withMisplacement(hostFactsOf(req, former), request, resource)
    const auth = await authenticate(request, resource, requirements as Optional, host)
    if (!auth.ok) return auth
    if (req.readableDidRead && !wasRead) {
      const text = await request.text()
      // Parsers of Express 4 skip a message with `_body`, and fail on one whose stream has ended. The listener of Hono,
      // and so the transport of the MCP SDK 1.x, reads `rawBody` in place of the stream.
      const rawBody = Buffer.from(text)
      Object.assign(req, { body: JSON.parse(text), _body: true, rawBody })
      await ended(req)
      serveLateReaders(req, res, rawBody)
    }
    // Middleware between two guards may have set another token, which has another session.
    const isAgain = former && (former as AuthContext).token === (auth as AuthContext).token
    if (!isAgain) {
      const hasIds = hasSessions(resource)
      const id = hasIds && (await openSessionId(request, auth, resource))
      if (typeof id === 'object') return id
      completeOnWrite(res, { request, auth, resource }, hasIds)
      if (id) replaceField(req, SESSION_HEADER, id)
    }
    ;(req as { auth?: unknown }).auth = auth
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
 * @throws {TypeError} If `resource` was not created by `protectedResource()`.
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
  checkResource(resource, 'authErrors')
  const origin = originOf(resource)
  return (error, req, res, next) => {
    if (!isRejection(error) || res.headersSent) return next(error)
    const request = toRequestView(req, res, origin)
    const response = isRequest(request)
      ? challengeResponse(error, resource, request, contextOf(req) ?? requirements)
      : request
    sendOr(next, response, req, res)
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

/** `undefined` for most requests: without facts of the host, the guard decides fastest. */
function hostFactsOf(
  req: IncomingMessage,
  former: AuthContext | AnonymousContext | false,
): HostFacts | undefined {
  const [certificate, body] = [certificateOf(req), parsedBody(req)]
  return (certificate ?? body) === undefined && !former
    ? undefined
    : ({ certificate, body, [ACCEPTED]: former } as HostFacts)
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
      else sendOr(next, response, req, res)
    }, next)
  }
}

/** Sends the response. An error while it is sent goes to `next`. */
function sendOr(
  next: (error?: Error) => void,
  response: Response,
  req: IncomingMessage,
  res: ServerResponse,
): void {
  try {
    send(response, res, methodOf(req))?.catch(next)
  } catch (error) {
    next(error as Error)
  }
}
