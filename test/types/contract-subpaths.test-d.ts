/**
 * The subpaths of the public contract, each with the types of its host copied here, so that the types of
 * five hosts need not be installed.
 * Never run: `tsc` is the test, here with the sources and in test/dist with what is published.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Context, Hono } from 'hono'
import type {
  AnonymousContext,
  AuthContext,
  AuthEvent,
  AuthorizationServerMetadata,
  AuthorizationServerOptions,
  DocumentStore,
  Fetch,
  Jwk,
  ProtectedResource,
  ReplayStore,
  Requirements,
} from 'mcp-gatehouse'
import { type OperationDecision, protectedResource } from 'mcp-gatehouse'
import { authzen } from 'mcp-gatehouse/authzen'
import * as bun from 'mcp-gatehouse/bun'
import * as cloudflare from 'mcp-gatehouse/cloudflare'
import * as deno from 'mcp-gatehouse/deno'
import {
  createTokenExchange,
  type ExchangedToken,
  type ExchangeError,
  type ExchangeFailure,
  type TokenExchange,
  type toElicitation,
} from 'mcp-gatehouse/exchange'
import { forward, forwardAuth, identityKeysResponse } from 'mcp-gatehouse/gateway'
import * as hono from 'mcp-gatehouse/hono'
import * as node from 'mcp-gatehouse/node'
import { telemetry } from 'mcp-gatehouse/otel'
import * as providers from 'mcp-gatehouse/providers'
import { redisDocumentStore, redisReplayStore } from 'mcp-gatehouse/redis'
import { createTestIssuer, type TestIssuer } from 'mcp-gatehouse/testing'
import { type Keeps, type Same, yes } from './yardsticks.ts'

declare const resource: ProtectedResource
type Either = AuthContext | AnonymousContext

// --- Hono ------------------------------------------------------------------------------------------

// Metadata is an application; resources may be a function of the context.
new Hono().route('/', hono.metadata(resource))
new Hono().route('/', hono.metadata([resource]))
new Hono().route(
  '/',
  hono.metadata((_c: Context) => resource),
)

// `AuthVariables` is the mandatory context by default.
yes<Same<hono.AuthVariables, { auth: AuthContext }>>()
yes<Same<hono.AuthVariables<Either>, { auth: Either }>>()
new Hono<{ Variables: hono.AuthVariables }>()
  .use('/mcp', hono.bearerAuth(resource, { optional: false }))
  .get('/mcp', (c) => c.text(c.var.auth.token))
new Hono().get(
  '/mcp',
  hono.bearerAuth((_c: Context) => resource, { optional: true }),
  (c) => {
    yes<Same<typeof c.var.auth, Either>>()
    return c.text(c.var.auth.identifier)
  },
)

// --- Cloudflare Workers ----------------------------------------------------------------------------

interface Env {
  readonly SECRET: string
}
/** The relevant part of `@cloudflare/workers-types`. */
interface ExecutionContext {
  waitUntil(promise: Promise<unknown>): void
  passThroughOnException(): void
  readonly props: unknown
}
interface ExportedHandler<E> {
  fetch?: (
    request: Request & { readonly cf?: { readonly colo: string } },
    env: E,
    ctx: ExecutionContext,
  ) => Response | Promise<Response>
  scheduled?: (controller: object, env: E, ctx: ExecutionContext) => void | Promise<void>
}

// A Worker whose resource depends on its bindings satisfies the host's type.
export const worker = cloudflare.protect(
  (env: Env) => protectedResource({ resource: env.SECRET, authorizationServers: [] }),
  (_request, auth, env, ctx) => {
    yes<Same<typeof auth, AuthContext>>()
    ctx.waitUntil(Promise.resolve(env.SECRET))
    return new Response(auth.token)
  },
) satisfies ExportedHandler<Env>
// So does a Worker with a resource at module scope, whose handler uses the host's types.
export const fixed = cloudflare.protect(
  resource,
  (_request, auth: AuthContext, env: Env, ctx: ExecutionContext) => {
    ctx.passThroughOnException()
    return new Response(auth.token + env.SECRET)
  },
) satisfies ExportedHandler<Env>
export const open = cloudflare.protect(
  [resource],
  (_request, auth, _env: Env) => new Response(auth.anonymous ? '' : auth.token),
  { optional: true },
) satisfies ExportedHandler<Env>
// @ts-expect-error an anonymous caller has no token
cloudflare.protect(resource, (_request, auth) => new Response(auth.token), { optional: true })

/** The relevant parts of `@cloudflare/workers-types`. */
declare const cache: {
  match(request: Request | string): Promise<Response | undefined>
  put(request: Request | string, response: Response): Promise<void>
}
declare const kv: {
  get(key: string): Promise<string | null>
  put(key: string, value: string, options?: { expirationTtl?: number }): Promise<void>
}
interface ObjectId {
  toString(): string
}
declare const objects: {
  idFromName(name: string): ObjectId
  get(id: ObjectId): { fetch(url: string, init?: RequestInit): Promise<Response> }
}
declare const objectState: ConstructorParameters<typeof cloudflare.DpopReplayObject>[0]

// Adapters turn the host's stores into ours. The Durable Object is a class that the Worker exports.
export const workerDocuments: DocumentStore[] = [
  cloudflare.cacheStore(cache),
  cloudflare.kvStore(kv),
]
export const workerReplay: ReplayStore = cloudflare.durableObjectReplayStore(objects)
export const replayObject: { fetch(request: Request): Promise<Response> } =
  new cloudflare.DpopReplayObject(objectState)

// --- Deno ------------------------------------------------------------------------------------------

/** The type of `Deno.serve`. */
interface ServeHandlerInfo {
  readonly remoteAddr: { readonly hostname: string }
  readonly completed: Promise<void>
}
type ServeHandler = (request: Request, info: ServeHandlerInfo) => Response | Promise<Response>

// One value is a handler for `Deno.serve` and a default export for `deno serve`.
const served = deno.protect(resource, (_request, auth, info: ServeHandlerInfo) => {
  yes<Same<typeof auth, AuthContext>>()
  return new Response(auth.token + info.remoteAddr.hostname)
})
export const handler: ServeHandler = served
export const module: { fetch: ServeHandler } = served
export const untyped: ServeHandler = deno.protect(resource, () => new Response())
deno.protect(resource, (_request, auth) => new Response(auth.identifier), { optional: true })
// @ts-expect-error an anonymous caller has no token
deno.protect(resource, (_request, auth) => new Response(auth.token), { optional: true })

// --- Bun -------------------------------------------------------------------------------------------

/** The relevant part of `Bun.serve`. */
interface BunServer {
  timeout(request: Request, seconds: number): void
  upgrade(request: Request): boolean
}
interface BunOptions {
  fetch(this: BunServer, request: Request, server: BunServer): Response | Promise<Response>
  port?: number
}

// `Bun.serve` accepts it, also with a port.
const bunServer = bun.protect(resource, (request, auth, server: BunServer) => {
  yes<Same<typeof auth, AuthContext>>()
  return new Response(auth.token + server.upgrade(request))
})
export const bunOptions: BunOptions[] = [bunServer, { ...bunServer, port: 0 }]
bun.protect(resource, (_request, auth) => new Response(auth.identifier), { optional: true })
// @ts-expect-error an anonymous caller has no token
bun.protect(resource, (_request, auth) => new Response(auth.token), { optional: true })

// --- Node ------------------------------------------------------------------------------------------

// A listener. Its handler gets Node's two objects as the last arguments.
createServer(
  node.protect(resource, (_request, auth, req, res) => {
    yes<Same<typeof auth, AuthContext>>()
    yes<Same<typeof req, IncomingMessage>>()
    yes<Same<typeof res, ServerResponse>>()
    return new Response(auth.token)
  }),
)
node.protect(resource, (_request, auth) => new Response(auth.identifier), { optional: true })
// @ts-expect-error an anonymous caller has no token
node.protect(resource, (_request, auth) => new Response(auth.token), { optional: true })

// Middleware for Node's messages: it fits every subtype and augments no type.
type Connect = (req: IncomingMessage, res: ServerResponse, next: () => void) => void
export const middleware: Connect[] = [
  node.metadata(resource),
  node.metadata([resource]),
  node.bearerAuth(resource),
  node.bearerAuth(resource, { scopes: ['read'] }),
  node.bearerAuth(resource, { optional: true }),
]
export function route(req: IncomingMessage): string {
  yes<Same<ReturnType<typeof node.authOf<AuthContext>>, AuthContext>>()
  // @ts-expect-error Node's own type is not augmented
  req.auth
  return node.authOf(req).token
}

// --- The gateway ------------------------------------------------------------------------------------

type Auth = AuthContext | AnonymousContext
export const forwarding: (
  upstream: string | ((request: Request, auth: Auth) => string),
  options?: {
    identity?: {
      key: CryptoKey | Jwk
      keyId?: string
      header?: string
      audience?: string
      lifetimeSeconds?: number
    }
    headers?: Readonly<Record<string, (auth: Auth) => string | undefined>>
    subpaths?: boolean
    timeoutMs?: number
    fetch?: Fetch
  },
) => (request: Request, auth: Auth) => Promise<Response> = forward
export const asking: (
  resource: ProtectedResource,
  options: {
    proxy: 'nginx' | 'caddy' | 'traefik' | 'envoy' | 'haproxy'
    identityHeaders?: Readonly<Record<string, (auth: Auth) => string | undefined>>
    requirements?: Requirements
  },
) => (request: Request) => Promise<Response> = forwardAuth
export const keysOf: (
  request: Request,
  keys: CryptoKey | Jwk | readonly (CryptoKey | Jwk)[],
) => Promise<Response> = identityKeysResponse
forward('http://127.0.0.1', { identity: undefined, exchange: undefined, fetch: undefined })

// --- Redis, OpenTelemetry --------------------------------------------------------------------------

// Any client that can send a command fits.
const command = async (...args: string[]): Promise<unknown> => args.length
export const redisReplay: ReplayStore = redisReplayStore(command)
export const redisDocuments: DocumentStore = redisDocumentStore(command)
export const listener: (event: AuthEvent) => void = telemetry()

// --- Providers, testing ----------------------------------------------------------------------------

// A preset is an options object that can be spread and changed.
export const preset: AuthorizationServerOptions = {
  ...providers.auth0({ domain: 'tenant.example' }),
  timeoutMs: 1000,
}

// An in-memory authorization server.
export const issuerFrom: (options?: {
  issuer?: string
  resource?: string
  algorithm?: string
  now?: () => number
  metadata?: Record<string, unknown>
}) => TestIssuer = createTestIssuer
createTestIssuer({ issuer: undefined, resource: undefined, algorithm: undefined, now: undefined })
yes<
  Keeps<
    TestIssuer,
    {
      readonly issuer: string
      readonly metadata: AuthorizationServerMetadata
      readonly requests: { metadata: number; jwks: number; introspection: number }
      fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
      jwks(): Promise<{ keys: Jwk[] }>
      token(
        claims?: Record<string, unknown>,
        options?: {
          opaque?: boolean
          header?: Record<string, unknown>
          key?: CryptoKeyPair
          boundTo?: CryptoKeyPair
          certificate?: string
        },
      ): Promise<string>
      dpopProof(
        request: Request,
        token: string,
        key: CryptoKeyPair,
        options?: {
          nonce?: string
          claims?: Record<string, unknown>
          header?: Record<string, unknown>
        },
      ): Promise<string>
      revoke(token: string): void
      rotateKeys(): Promise<void>
      fail(
        mode: 'unreachable' | 'status' | 'html' | 'hang' | 'wrong_issuer',
        document?: 'metadata' | 'jwks' | 'introspection',
      ): void
      restore(): void
    }
  >
>()
// Its fetch fits the options of a resource.
export const issuerFetch: Fetch = createTestIssuer().fetch

// --- Exchange --------------------------------------------------------------------------------------

declare const verified: AuthContext
declare const anonymous: AnonymousContext

const exchange = createTokenExchange({
  authorizationServer: 'https://as.example',
  client: { id: 'notes', secret: undefined, privateKey: { kty: 'EC' }, keyId: undefined },
  target: {
    resource: 'https://api.example/',
    scopes: ['a'],
    origins: undefined,
    audience: undefined,
  },
  style: undefined,
  actorToken: undefined,
  subjectToken: async (auth) => {
    yes<Same<typeof auth, AuthContext>>()
    return { token: auth.token, type: 'urn:ietf:params:oauth:token-type:access_token' }
  },
  cache: { maxEntries: undefined, marginSeconds: 30 },
  fetch: (_url: string, _init?: RequestInit) => Promise.resolve(new Response()),
  now: () => 0,
  timeoutMs: undefined,
})
yes<Same<typeof exchange, TokenExchange>>()
yes<Same<ReturnType<TokenExchange['exchange']>, Promise<ExchangedToken | ExchangeFailure>>>()
yes<Same<ReturnType<TokenExchange['fetch']>, Promise<Response>>>()
yes<Same<ReturnType<typeof toElicitation>, unknown>>()
yes<
  Same<
    ExchangeFailure['code'],
    | 'consent_required'
    | 'step_up_required'
    | 'subject_not_accepted'
    | 'target_refused'
    | 'unavailable'
    | 'misconfigured'
  >
>()
yes<Same<ExchangeError['failure'], ExchangeFailure>>()
void exchange.exchange(verified)
void exchange.exchange({ ...verified })
// @ts-expect-error an anonymous caller has no token
void exchange.exchange(anonymous)
// @ts-expect-error the token is there only where the exchange succeeded
void exchange.exchange(verified).then((result) => result.token)
createTokenExchange({
  authorizationServer: 'https://as.example',
  client: { id: 'notes', secret: 's' },
  target: { resource: 'https://api.example/' },
  // @ts-expect-error one of the four styles
  style: 'auth0',
})

// --- mcp-gatehouse/authzen ------------------------------------------------------------------------------

const pdp = 'https://pdp.example/access/v1/evaluation'
yes<Same<ReturnType<typeof authzen>, OperationDecision>>()
authzen({ url: pdp, token: 'x', timeoutMs: 100, fetch, map: () => undefined })
authzen({ url: pdp, token: undefined, timeoutMs: undefined, fetch: undefined, map: undefined })
// @ts-expect-error a decision point has a URL
authzen({ token: 'x' })
const incomplete = { subject: { type: 'a', id: 'b' }, resource: { type: 'a', id: 'b' } }
// @ts-expect-error a request has an action
authzen({ url: pdp, map: () => incomplete })
