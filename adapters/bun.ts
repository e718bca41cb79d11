/** Bun: a fetch handler for `Bun.serve` whose event streams may stay silent. */

import {
  type AnonymousContext,
  type AuthContext,
  protect as protectFetch,
  type Requirements,
  type ResourceSource,
} from '../src/index.ts'
import { refuseHiddenCertificates } from './shared/check-certificate-source.ts'

/** What we use of Bun's server; your handler may name its own `Bun.Server`. */
export interface BunServer {
  /** Sets how many seconds a connection may be silent; 0 is for ever. */
  timeout(request: Request, seconds: number): void
}

/** For `Bun.serve`, or as a default export. */
export interface ProtectedServer<Server extends BunServer> {
  /** Answers a request: with your handler where it may pass, else by itself. */
  fetch(request: Request, server: Server): Promise<Response>
}

type Optional = Requirements & { optional: true }
type Mandatory = Requirements & { optional?: false | undefined }

type Needs<Kind, Server> = Kind | ((request: Request, server: Server) => Kind)

type Handler<Auth, Server> = (
  request: Request,
  auth: Auth,
  server: Server,
) => Response | Promise<Response>

const EVENT_STREAM = /^text\/event-stream\s*(;|$)/i

/**
 * Makes a protected server: `Bun.serve(protect(resource, handler))`, or `export default` the same.
 *
 * Bun closes a connection on which nothing was sent for ten seconds; MCP's event streams are silent
 * for longer than that, so for them this limit is lifted.
 *
 * Does not see client certificates, because Bun does not show them: leave mutual TLS to a proxy, and
 * name its header in the resource's `mtls`.
 *
 * @param resource What is protected: one resource, several chosen by path, or a function.
 * @param handler Gets the request, untouched, the verified context, and Bun's server.
 * @param requirements What requests need beyond what the resource always needs; may be a function of
 * the request. With `optional: true` requests without credentials come through as anonymous.
 * @returns An object with `fetch`; add `port` and the like with a spread.
 * @throws {ConfigError} If two resources of a list share a path, `requirements` are mistaken, or a
 * resource requires certificates and names no header for them.
 */
export function protect<Server extends BunServer = BunServer>(
  resource: ResourceSource<[server: Server]>,
  handler: Handler<AuthContext | AnonymousContext, Server>,
  requirements: Needs<Optional, Server>,
): ProtectedServer<Server>
export function protect<Server extends BunServer = BunServer>(
  resource: ResourceSource<[server: Server]>,
  handler: Handler<AuthContext, Server>,
  requirements?: Needs<Mandatory, Server>,
): ProtectedServer<Server>
export function protect<Server extends BunServer>(
  resource: ResourceSource<[server: Server]>,
  handler: Handler<AuthContext & AnonymousContext, Server>,
  requirements?: Needs<Requirements, Server>,
): ProtectedServer<Server> {
  refuseHiddenCertificates(resource, 'Bun.serve')
  const serve = protectFetch(
    resource,
    handler as Handler<AuthContext, Server>,
    requirements as Needs<Mandatory, Server>,
  )
  return {
    async fetch(request, server) {
      const response = await serve(request, server)
      // A WebSocket upgrade has no response.
      const type = response?.headers.get('Content-Type') ?? ''
      if (EVENT_STREAM.test(type)) server.timeout(request, 0)
      return response
    },
  }
}
