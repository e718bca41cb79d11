/** A `node:http` listener around a handler of the Web. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkHandler } from '../../src/check-request.ts'
import { guard } from '../../src/guard.ts'
import { TRANSPORT, type UpstreamTransport } from '../../src/http/upstream.ts'
import type {
  AnonymousContext,
  AuthContext,
  ProtectedResource,
  Requirements,
  ResourceSource,
} from '../../src/index.ts'
import { completeHead } from '../../src/response/complete-response.ts'
import { SESSION_HEADER } from '../../src/response/open-session.ts'
import { checkResources } from '../shared/check-resource.ts'
import type { Handler, Mandatory, RequirementSource } from '../shared/handler.ts'
import { rejectRawTarget } from '../shared/reject-raw-target.ts'
import { isDecidedByView, readsViews } from './accepts-views.ts'
import { atOrigin, originOf } from './at-origin.ts'
import { isRead } from './body.ts'
import { withAuth } from './current-auth.ts'
import { methodOf } from './fields.ts'
import type { OutgoingResponse } from './outgoing-response.ts'
import { pipeTransport } from './pipe.ts'
import type { PipedResponse } from './piped-response.ts'
import { replaceField } from './replace-field.ts'
import { certificateOf, convertRequest, isRequest, toRequestView } from './request.ts'
import { send, sendFailure, toSendable } from './send.ts'
import { toRealRequest } from './views.ts'

type OffersTransport = Request & { [TRANSPORT]?: UpstreamTransport }

type Host = [req: IncomingMessage, res: ServerResponse]

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
  const hasView = isDecidedByView(resource, requirements)
  const isGateway = readsViews(handler)
  const serve = guard<Host, OutgoingResponse | PipedResponse | Response>(
    resource,
    (request, auth: AuthContext, req, res) => {
      // The handler may read the opened id from Node's request, too.
      const id = hasView ? null : request.headers.get(SESSION_HEADER)
      if (id !== null) replaceField(req, SESSION_HEADER, id)
      const received = isGateway && !isRead(req) ? request : toRealRequest(request)
      const own: OffersTransport = atOrigin(received, auth, prefix)
      // A gateway finds the way around `fetch` here.
      own[TRANSPORT] = pipeTransport(req, res)
      return withAuth(auth, () => run(own, auth, req, res))
    },
    requirements as RequirementSource<Mandatory, Host>,
    (_request, req) => {
      const certificate = certificateOf(req)
      return certificate === undefined ? undefined : { certificate }
    },
    (response, request, auth, of) => completeHead(toSendable(response), request, auth, of),
  )
  return async (req, res, next = sendFailure(res)) => {
    try {
      const convert = hasView ? toRequestView : convertRequest
      const request = convert(req, res, origin)
      const rejection = isRequest(request) ? rejectRaw(request, resource) : request
      await send(rejection ?? (await serve(request as Request, req, res)), res, methodOf(req))
    } catch (error) {
      next(error as Error)
    }
  }
}

/** For a list or a function, the core checks the target when it chooses the resource. */
function rejectRaw(request: Request, resource: ResourceSource<Host>): Response | undefined {
  if (typeof resource === 'function' || Array.isArray(resource)) return undefined
  return rejectRawTarget(request, resource as ProtectedResource)
}
