/** Cloudflare Workers: configuration from `env`, refresh after the response, certificates of the edge. */

import {
  type AnonymousContext,
  type AuthContext,
  type HostFacts,
  type ProtectedResource,
  protect as protectFetch,
  type Requirements,
} from '../../src/index.ts'
import { encodeBase64url } from '../../src/lib/base64url.ts'

export {
  cacheStore,
  DpopReplayObject,
  durableObjectReplayStore,
  kvStore,
  type ReplayObjectNamespace,
  type ReplayObjectState,
  type WorkerCache,
  type WorkerKvNamespace,
} from './stores.ts'

/** What we use of a Worker's `ctx`; your handler may name its own `ExecutionContext`. */
export interface WorkerContext {
  /** Keeps work alive after the response was sent. */
  waitUntil(work: Promise<unknown>): void
}

/** What is protected, or how it follows from the Worker's bindings. */
export type WorkerResource<Env> =
  | ProtectedResource
  | readonly ProtectedResource[]
  | ((env: Env) => ProtectedResource | readonly ProtectedResource[])

/** A module Worker; it satisfies `ExportedHandler<Env>`. */
export interface ProtectedWorker<Env, Context extends WorkerContext> {
  /** Answers a request: with your handler where it may pass, else by itself. */
  fetch(request: Request, env: Env, ctx: Context): Promise<Response>
}

type Optional = Requirements & { optional: true }
type Mandatory = Requirements & { optional?: false | undefined }

type Needs<Kind, Env, Context> = Kind | ((request: Request, env: Env, ctx: Context) => Kind)

type Handler<Auth, Env, Context> = (
  request: Request,
  auth: Auth,
  env: Env,
  ctx: Context,
) => Response | Promise<Response>

/**
 * Makes a protected Worker: `export default protect(resource, handler)`.
 *
 * Metadata and keys are refreshed through `ctx.waitUntil`, after the response. The certificate of a
 * client that presented one (mutual TLS at the edge) is taken from `request.cf`, unless it was
 * revoked; whether its chain must be trusted is for a rule of your zone to say.
 *
 * @param resource What is protected: one resource, several chosen by path, or a function of `env`. The
 * function is asked once per `env` object, which is once per isolate, so resources keep what they
 * remember.
 * @param handler Gets the request, untouched, the verified context, `env` and `ctx`.
 * @param requirements What requests need beyond what the resource always needs; may be a function of
 * the request. With `optional: true` requests without credentials come through as anonymous.
 * @returns The Worker.
 * @throws {ConfigError} If two resources of a list share a path, or `requirements` are mistaken.
 */
export function protect<Env = unknown, Context extends WorkerContext = WorkerContext>(
  resource: WorkerResource<Env>,
  handler: Handler<AuthContext | AnonymousContext, Env, Context>,
  requirements: Needs<Optional, Env, Context>,
): ProtectedWorker<Env, Context>
export function protect<Env = unknown, Context extends WorkerContext = WorkerContext>(
  resource: WorkerResource<Env>,
  handler: Handler<AuthContext, Env, Context>,
  requirements?: Needs<Mandatory, Env, Context>,
): ProtectedWorker<Env, Context>
export function protect<Env, Context extends WorkerContext>(
  resource: WorkerResource<Env>,
  handler: Handler<AuthContext & AnonymousContext, Env, Context>,
  requirements?: Needs<Requirements, Env, Context>,
): ProtectedWorker<Env, Context> {
  const run = handler as Handler<AuthContext, Env, Context>
  const needs = requirements as Needs<Mandatory, Env, Context>
  // Mistaken requirements are found now, even where the resource is known only with the first request.
  protectFetch<[Env, Context]>(() => undefined, run, needs)
  const guard = (known: ProtectedResource | readonly ProtectedResource[]) =>
    protectFetch<[Env, Context]>(known, run, needs, fromHost)
  if (typeof resource !== 'function') return { fetch: guard(resource) }
  const guards = new WeakMap<object, ReturnType<typeof guard>>()
  return {
    fetch(request, env, ctx) {
      const key = env as object
      const known = guards.get(key) ?? guard(resource(env))
      guards.set(key, known)
      return known(request, env, ctx)
    },
  }
}

function fromHost(request: Request, _env: unknown, ctx: WorkerContext): HostFacts {
  return { waitUntil: (work) => ctx.waitUntil(work), certificate: certificateOf(request) }
}

/** What `request.cf` says of the client's certificate: all of it text, `''` and `'0'` for nothing. */
interface ClientCertificate {
  readonly certPresented?: string
  readonly certVerified?: string
  readonly certRevoked?: string
  readonly certFingerprintSHA256?: string
}

/** Hexadecimal, as the edge writes fingerprints, to base64url, as RFC 8705 §3.1 does. */
function certificateOf(request: Request): string | undefined {
  const { cf } = request as { cf?: { tlsClientAuth?: ClientCertificate | null } | null }
  const { certPresented, certVerified, certRevoked, certFingerprintSHA256 } =
    cf?.tlsClientAuth ?? {}
  if (certPresented !== '1' || certVerified === 'NONE' || certRevoked === '1') return undefined
  if (!/^[0-9a-f]{64}$/i.test(certFingerprintSHA256 ?? '')) return undefined
  const bytes = certFingerprintSHA256?.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? []
  return encodeBase64url(Uint8Array.from(bytes))
}
