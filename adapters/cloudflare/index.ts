/** Cloudflare Workers: resources from `env`, refresh after the response, client certificates from the edge. */

import { checkHandler } from '../../src/check-request.ts'
import {
  type AnonymousContext,
  type AuthContext,
  checkRequirements,
  type HostFacts,
  type ProtectedResource,
  protect as protectFetch,
  type Requirements,
} from '../../src/index.ts'
import { encodeBase64url } from '../../src/lib/base64url.ts'
import type { Handler, Mandatory, RequirementSource } from '../shared/handler.ts'

export {
  DocumentObject,
  type DocumentObjectNamespace,
  type DocumentObjectState,
  durableObjectDocumentStore,
} from './document-object.ts'
export {
  DpopReplayObject,
  durableObjectReplayStore,
  type ReplayObjectNamespace,
  type ReplayObjectState,
} from './replay-object.ts'
export { cacheStore, kvStore, type WorkerCache, type WorkerKvNamespace } from './stores.ts'

/**
 * The part of a Worker's `ctx` that the adapter uses. Your handler may name `ExecutionContext` itself.
 *
 * @example
 * ```ts
 * const worker: ProtectedWorker<Env, WorkerContext> = protect<Env>(
 *   ({ ISSUER }) =>
 *     protectedResource({
 *       resource: 'https://api.example.com/notes',
 *       authorizationServers: [ISSUER],
 *     }),
 *   (_request, auth) => Response.json({ user: auth.subject }),
 * )
 * ```
 */
export interface WorkerContext {
  /** Keeps work alive after the response was sent. */
  waitUntil(work: Promise<unknown>): void
}

/**
 * The protected resources, or a function that makes them from the Worker's bindings.
 *
 * @example
 * ```ts
 * const resource: WorkerResource<Env> = ({ ISSUER }) => [
 *   protectedResource({ resource: 'https://api.example.com/notes', authorizationServers: [ISSUER] }),
 *   protectedResource({ resource: 'https://api.example.com/files', authorizationServers: [ISSUER] }),
 * ]
 * ```
 */
export type WorkerResource<Env> =
  | ProtectedResource
  | readonly ProtectedResource[]
  | ((env: Env) => ProtectedResource | readonly ProtectedResource[])

/**
 * A module Worker, assignable to `ExportedHandler<Env>`.
 *
 * @example
 * ```ts
 * const worker: ProtectedWorker<Env, WorkerContext> = protect<Env>(
 *   ({ ISSUER }) =>
 *     protectedResource({
 *       resource: 'https://api.example.com/notes',
 *       authorizationServers: [ISSUER],
 *     }),
 *   (_request, auth) => Response.json({ user: auth.subject }),
 * )
 * ```
 */
export interface ProtectedWorker<Env, Context extends WorkerContext> {
  /** Responds to a request: with your handler if it is accepted, otherwise with a rejection. */
  fetch(request: Request, env: Env, ctx: Context): Promise<Response>
}

/**
 * Makes a protected Worker: `export default protect(resource, handler)`.
 *
 * `ctx.waitUntil` refreshes metadata and keys after the response. With mutual TLS at the edge, the
 * client certificate comes from `request.cf`, unless it is revoked.
 *
 * Does not check the chain of the certificate: use a rule of your zone for that.
 *
 * @param resource The protected resource: one, a list chosen by path, or a function of `env`. The
 * function is called once per `env` object, which is once per isolate, so the resources keep their
 * caches.
 * @param handler Receives the untouched request, the verified context, `env` and `ctx`.
 * @param requirements Requirements beyond those of the resource; may be a function of the request.
 * With `optional: true` requests without credentials reach the handler as anonymous.
 * @returns The Worker.
 * @throws {ConfigError} If two resources of a list share a path, or `requirements` are invalid.
 * @example
 * ```ts
 * const worker: ProtectedWorker<Env, WorkerContext> = protect<Env>(
 *   ({ ISSUER }) =>
 *     protectedResource({
 *       resource: 'https://api.example.com/notes',
 *       authorizationServers: [ISSUER],
 *     }),
 *   (_request, auth) => Response.json({ user: auth.subject }),
 * )
 * ```
 */
export function protect<Env = unknown, Context extends WorkerContext = WorkerContext>(
  resource: WorkerResource<Env>,
  handler: (
    request: Request,
    auth: AuthContext | AnonymousContext,
    env: Env,
    ctx: Context,
  ) => Response | Promise<Response>,
  requirements:
    | (Requirements & { optional: true })
    | ((request: Request, env: Env, ctx: Context) => Requirements & { optional: true }),
): ProtectedWorker<Env, Context>
export function protect<Env = unknown, Context extends WorkerContext = WorkerContext>(
  resource: WorkerResource<Env>,
  handler: (
    request: Request,
    auth: AuthContext,
    env: Env,
    ctx: Context,
  ) => Response | Promise<Response>,
  requirements?:
    | (Requirements & { optional?: false | undefined })
    | ((
        request: Request,
        env: Env,
        ctx: Context,
      ) => Requirements & { optional?: false | undefined }),
): ProtectedWorker<Env, Context>
export function protect<Env, Context extends WorkerContext>(
  resource: WorkerResource<Env>,
  handler: Handler<AuthContext & AnonymousContext, [env: Env, ctx: Context]>,
  requirements?: RequirementSource<Requirements, [env: Env, ctx: Context]>,
): ProtectedWorker<Env, Context> {
  // With a function of `env`, the core would check them only at the first request.
  if (typeof requirements !== 'function') checkRequirements(requirements)
  const guard = (known: ProtectedResource | readonly ProtectedResource[]) =>
    protectFetch<[Env, Context]>(
      known,
      handler as Handler<AuthContext, [Env, Context]>,
      requirements as RequirementSource<Mandatory, [Env, Context]>,
      fromHost,
    )
  if (typeof resource !== 'function') return { fetch: guard(resource) }
  checkHandler(handler)
  const guards = new WeakMap<object, ReturnType<typeof guard>>()
  return {
    fetch(request, env, ctx) {
      // A test may call it without bindings.
      const key = typeof env === 'object' && env !== null ? env : NO_BINDINGS
      const known = guards.get(key) ?? guard(resource(env))
      guards.set(key, known)
      return known(request, env, ctx)
    },
  }
}

const NO_BINDINGS = {}

function fromHost(request: Request, _env: unknown, ctx: WorkerContext | undefined): HostFacts {
  const certificate = certificateOf(request)
  // A test may call it without a context.
  return ctx === undefined
    ? { certificate }
    : { waitUntil: (work) => ctx.waitUntil(work), certificate }
}

/** The client certificate in `request.cf`. All members are text; `''` and `'0'` mean none. */
interface ClientCertificate {
  readonly certPresented?: string
  readonly certVerified?: string
  readonly certRevoked?: string
  readonly certFingerprintSHA256?: string
}

/** The edge writes fingerprints in hexadecimal, RFC 8705 §3.1 in base64url. */
function certificateOf(request: Request): string | undefined {
  const { cf } = request as { cf?: { tlsClientAuth?: ClientCertificate | null } | null }
  const { certPresented, certVerified, certRevoked, certFingerprintSHA256 } =
    cf?.tlsClientAuth ?? {}
  if (certPresented !== '1' || certVerified === 'NONE' || certRevoked === '1') return undefined
  if (!/^[0-9a-f]{64}$/i.test(certFingerprintSHA256 ?? '')) return undefined
  const bytes = certFingerprintSHA256?.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? []
  return encodeBase64url(Uint8Array.from(bytes))
}
