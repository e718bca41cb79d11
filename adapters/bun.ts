/** Bun: a server object for `Bun.serve` that keeps silent event streams open. */

import { checkHandler } from '../src/check-request.ts'
import {
  type AnonymousContext,
  type AuthContext,
  protect as protectFetch,
  type Requirements,
  type ResourceSource,
} from '../src/index.ts'
import { checkCertificateSource } from './shared/check-certificate-source.ts'
import type { Handler, Mandatory, RequirementSource } from './shared/handler.ts'
import { afterRest } from './shared/read-rest.ts'

/**
 * The part of `Bun.Server` that the adapter uses. Your handler may name `Bun.Server` itself.
 *
 * @example
 * ```ts
 * const server: ProtectedServer<BunServer> = protect(notes, (_request, auth) =>
 *   Response.json({ user: auth.subject }),
 * )
 * // Bun.serve({ port: 3000, ...server })
 * ```
 */
export interface BunServer {
  /** Sets how many seconds a connection may be silent; 0 means no limit. */
  timeout(request: Request, seconds: number): void
}

/**
 * For `Bun.serve`, or as a default export.
 *
 * @example
 * ```ts
 * const server: ProtectedServer<BunServer> = protect(notes, (_request, auth) =>
 *   Response.json({ user: auth.subject }),
 * )
 * // Bun.serve({ port: 3000, ...server })
 * ```
 */
export interface ProtectedServer<Server extends BunServer> {
  /** Responds to a request: with your handler if it is accepted, otherwise with a rejection. */
  fetch(request: Request, server: Server): Promise<Response>
}

const EVENT_STREAM = /^text\/event-stream\s*(;|$)/i
const ACCEPTS_EVENTS = /\btext\/event-stream\b/i

/**
 * Makes a protected server: `Bun.serve(protect(resource, handler))`, or as a default export.
 *
 * Bun closes a connection after ten seconds of silence. MCP event streams are silent for longer, so
 * the adapter lifts the limit for them, and for accepted GET requests with `Accept: text/event-stream`.
 *
 * Does not check client certificates, because Bun does not show them. Terminate mutual TLS at a proxy
 * and name its header in the resource's `mtls`.
 *
 * @param resource The protected resource: one, a list chosen by path, or a function.
 * @param handler Receives the untouched request, the verified context, and Bun's server.
 * @param requirements Requirements beyond those of the resource; may be a function of the request.
 * With `optional: true` requests without credentials reach the handler as anonymous.
 * @returns An object with `fetch`; add `port` and other options with a spread.
 * @throws {ConfigError} If two resources of a list share a path, `requirements` are invalid, or a
 * resource requires certificates and names no header for them.
 * @example
 * ```ts
 * const server: ProtectedServer<BunServer> = protect(notes, (_request, auth) =>
 *   Response.json({ user: auth.subject }),
 * )
 * // Bun.serve({ port: 3000, ...server })
 * ```
 */
export function protect<Server extends BunServer = BunServer>(
  resource: ResourceSource<[server: Server]>,
  handler: (
    request: Request,
    auth: AuthContext | AnonymousContext,
    server: Server,
  ) => Response | Promise<Response>,
  requirements:
    | (Requirements & { optional: true })
    | ((request: Request, server: Server) => Requirements & { optional: true }),
): ProtectedServer<Server>
export function protect<Server extends BunServer = BunServer>(
  resource: ResourceSource<[server: Server]>,
  handler: (request: Request, auth: AuthContext, server: Server) => Response | Promise<Response>,
  requirements?:
    | (Requirements & { optional?: false | undefined })
    | ((request: Request, server: Server) => Requirements & { optional?: false | undefined }),
): ProtectedServer<Server>
export function protect<Server extends BunServer>(
  resource: ResourceSource<[server: Server]>,
  handler: Handler<AuthContext & AnonymousContext, [server: Server]>,
  requirements?: RequirementSource<Requirements, [server: Server]>,
): ProtectedServer<Server> {
  checkHandler(handler)
  checkCertificateSource(resource, 'Bun.serve')
  const serve = protectFetch<[server: Server, arrived: Request]>(
    resource,
    (request, auth: AuthContext, server, arrived) => {
      const run = () => (handler as Handler<AuthContext, [Server]>)(request, auth, server)
      return waitsForEvents(request) ? withoutLimit(arrived, server, run) : run()
    },
    requirements as RequirementSource<Mandatory, [Server]>,
  )
  return {
    async fetch(request, server) {
      const arrivedMs = performance.now()
      const response = sendable(await serve(request, server, request))
      // A WebSocket upgrade has no response.
      const type = response?.headers.get('Content-Type') ?? ''
      // Another router may pass on the request alone.
      if (EVENT_STREAM.test(type)) server?.timeout?.(request, 0)
      if (response?.ok !== false || request.body === null) return response
      return afterRest(request, response, arrivedMs)
    },
  }
}

/**
 * The handler may wait for the first event, such as that of a server behind a gateway. Requests with a body need no
 * call: Bun sets them no limit once the body is complete.
 */
function waitsForEvents({ method, headers }: Request): boolean {
  return method === 'GET' && ACCEPTS_EVENTS.test(headers.get('Accept') ?? '')
}

/** The longest limit of Bun, in seconds. */
const LONGEST_LIMIT = 255

/**
 * Runs a handler without the limit. After it, the connection has one again: it may stay open after a response that is not
 * a stream, and its client may be gone.
 *
 * @param arrived The request as Bun has passed it: Bun knows no copies, such as that with the session id of the handler.
 */
async function withoutLimit(
  arrived: Request,
  server: BunServer | undefined,
  run: () => Response | Promise<Response>,
): Promise<Response> {
  server?.timeout?.(arrived, 0)
  try {
    return await run()
  } finally {
    server?.timeout?.(arrived, LONGEST_LIMIT)
  }
}

/** Marks a response that was sent: a `WeakSet` costs each response 50 ns. */
const SENT = Symbol('mcp-gatehouse.sent')

/**
 * Bun sends a response without a body as often as a handler returns it, such as a constant 202, but its fields only
 * once, CORS among them.
 */
function sendable(response: Response): Response {
  // A WebSocket upgrade has no response.
  if (typeof response !== 'object') return response
  // A frozen response cannot be marked, and is copied at once.
  if (!(SENT in response) && Reflect.set(response, SENT, true)) return response
  const { body, bodyUsed, status, statusText, headers } = response
  // Bun reports that the body was sent before.
  return bodyUsed ? response : new Response(body, { status, statusText, headers })
}
