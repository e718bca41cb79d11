/**
 * A program for the public contract, independent of our own type definitions:
 * functions, errors and events.
 * Never run: `tsc` is the test, here with the sources and in test/dist with what is published.
 */

import type { AuthInfo as AuthInfo1 } from '@modelcontextprotocol/sdk/server/auth/types.js'
import type { AuthInfo } from '@modelcontextprotocol/server'
import type {
  Actor,
  AnonymousContext,
  AuthContext,
  AuthErrorCode,
  AuthEvent,
  AuthorizationServerMetadata,
  AuthorizationServerType,
  DiscoveryOptions,
  Finding,
  HostFacts,
  Jwk,
  McpOperation,
  ProtectedResource,
  ProtectedResourceMetadata,
  ProtectedResourceOptions,
  Rejection,
  Requirements,
  ResourceSource,
  UpstreamErrorCode,
  UpstreamErrorOptions,
  WaitUntil,
} from 'mcp-gatehouse'
import {
  AuthError,
  authenticate,
  authorizationServerMetadataResponse,
  authorizationServerMetadataUrls,
  ConfigError,
  challengeResponse,
  checkAuthorizationServer,
  completeResponse,
  discoverAuthorizationServer,
  fetchAuthorizationServerMetadata,
  isAuthError,
  isConfigError,
  isUpstreamError,
  metadataResponse,
  preflightResponse,
  protect,
  protectedResource,
  protectedResourceMetadataUrl,
  requireScopes,
  signProtectedResourceMetadata,
  UpstreamError,
  verifyAccessToken,
} from 'mcp-gatehouse'
import { type Keeps, type Lax, type Same, yes } from './yardsticks.ts'

// --- Authorization servers and resources ---------------------------------------------------------

// Functions for authorization servers without a resource.
export const urlsOf: (issuer: string, type?: AuthorizationServerType) => string[] =
  authorizationServerMetadataUrls
export const discover: (
  issuer: string,
  options?: DiscoveryOptions,
) => Promise<AuthorizationServerMetadata> = discoverAuthorizationServer
export const fetchMetadata: (
  url: string,
  options?: DiscoveryOptions & { issuer?: string },
) => Promise<AuthorizationServerMetadata> = fetchAuthorizationServerMetadata
export const check: (metadata: AuthorizationServerMetadata, resource?: string) => Finding[] =
  checkAuthorizationServer

// A resource.
export const make: (options: ProtectedResourceOptions) => ProtectedResource = protectedResource
export const metadataUrlOf: (resource: string) => string = protectedResourceMetadataUrl

// --- Request in, Response or verified context out --------------------------------------------------

// A rejection is a response.
yes<Same<Rejection, Response & { readonly ok: false }>>()
export const asResponse = (rejection: Rejection): Response => rejection

declare const request: Request
declare const resource: ProtectedResource

// The functions for a request, with the signatures of the contract.
export const serveMetadata: (
  request: Request,
  resources: ProtectedResource | readonly ProtectedResource[],
) => Response | undefined = metadataResponse
export const serveMirror: (
  request: Request,
  resource: ProtectedResource,
) => Promise<Response | undefined> = authorizationServerMetadataResponse
export const preflight: (request: Request, resource: ProtectedResource) => Response | undefined =
  preflightResponse
export const verify: (
  token: string,
  resource: ProtectedResource,
  requirements?: Requirements,
  host?: HostFacts,
) => Promise<AuthContext> = verifyAccessToken

// Facts of the host are the last argument, apart from the requirements.
interface ContractHostFacts {
  readonly certificate?: string
  readonly waitUntil?: WaitUntil
  readonly body?: unknown
}
yes<Same<HostFacts, Lax<ContractHostFacts>>>()
export const complete: (
  response: Response,
  request: Request,
  auth: AuthContext | AnonymousContext,
  resource: ProtectedResource,
) => Response = completeResponse
export const demand: (
  auth: { readonly scopes: readonly string[] } | undefined,
  scopes: readonly string[],
) => void = requireScopes
export const challenge: (
  error: unknown,
  resource: ProtectedResource,
  request?: Request,
) => Rejection = challengeResponse
export const sign: (
  metadata: ProtectedResourceMetadata,
  key: CryptoKey | Jwk,
  options: { issuer: string; algorithm?: string; keyId?: string },
) => Promise<string> = signProtectedResourceMetadata

// Both overloads of authenticate(), with every form of no `optional`.
export async function decided(): Promise<Response> {
  yes<Same<Awaited<ReturnType<typeof mandatory>>, AuthContext | Rejection>>()
  const mandatory = () => authenticate(request, resource)
  yes<Same<Awaited<ReturnType<typeof lenient>>, AuthContext | AnonymousContext | Rejection>>()
  const lenient = () => authenticate(request, resource, { optional: true, scopes: ['read'] })
  yes<Same<Awaited<ReturnType<typeof off>>, AuthContext | Rejection>>()
  const off = () => authenticate(request, resource, { optional: false })
  yes<Same<Awaited<ReturnType<typeof unsaid>>, AuthContext | Rejection>>()
  const unsaid = () =>
    authenticate(request, resource, { optional: undefined, scopes: { anyOf: ['a'] } })
  yes<Same<Awaited<ReturnType<typeof decide>>, AuthContext | Rejection>>()
  const decide = () => authenticate(request, resource, undefined, { body: null, certificate: 'x' })
  yes<Same<Awaited<ReturnType<typeof both>>, AuthContext | AnonymousContext | Rejection>>()
  const both = () => authenticate(request, resource, { optional: true }, { waitUntil: () => {} })
  // @ts-expect-error requirements are not facts of the host
  void authenticate(request, resource, {}, { scopes: ['read'] })

  // `ok` distinguishes a context from a rejection, `anonymous` the two contexts.
  const auth = await lenient()
  if (!auth.ok) {
    yes<Same<typeof auth, Rejection>>()
    return auth
  }
  if (auth.anonymous) {
    yes<Same<typeof auth, AnonymousContext>>()
    // @ts-expect-error there is no token
    auth.token
    return new Response(auth.identifier)
  }
  yes<Same<typeof auth, AuthContext>>()
  return new Response(auth.token)
}

// The members of the verified context, exactly.
yes<
  Same<
    AuthContext,
    {
      readonly ok: true
      readonly anonymous: false
      readonly token: string
      readonly clientId: string
      readonly scopes: string[]
      readonly expiresAt: number
      readonly resource: URL
      readonly identifier: string
      readonly resourceMetadataUrl: string
      readonly extra: Record<string, unknown>
      readonly scheme: 'Bearer' | 'DPoP'
      readonly issuer: string
      readonly subject: string | undefined
      readonly actor: Actor | undefined
      readonly audience: string[]
      readonly claims: Readonly<Record<string, unknown>>
      readonly operations: readonly McpOperation[]
    }
  >
>()
yes<
  Same<
    AnonymousContext,
    {
      readonly ok: true
      readonly anonymous: true
      readonly identifier: string
      readonly resourceMetadataUrl: string
      readonly scopes: string[]
      readonly operations: readonly McpOperation[]
    }
  >
>()

// Both SDKs accept the context, and requireScopes() accepts the AuthInfo of a tool.
export const toSdk = (auth: AuthContext): AuthInfo & AuthInfo1 => auth
export const inTool = (info: AuthInfo | undefined): void => requireScopes(info, ['notes:write'])

// The resource: one, several, or a function of the host's arguments.
interface Env {
  readonly name: string
}
type Host = [env: Env, count: number]
yes<
  Same<
    ResourceSource<Host>,
    | ProtectedResource
    | readonly ProtectedResource[]
    | ((
        request: Request,
        env: Env,
        count: number,
      ) => ProtectedResource | undefined | Promise<ProtectedResource | undefined>)
  >
>()

// Both overloads of protect(), as values and in every form of their arguments.
export const protectLenient: <Rest extends unknown[]>(
  resource: ResourceSource<Rest>,
  handler: (
    request: Request,
    auth: AuthContext | AnonymousContext,
    ...rest: Rest
  ) => Response | Promise<Response>,
  requirements:
    | (Requirements & { optional: true })
    | ((request: Request, ...rest: Rest) => Requirements & { optional: true }),
) => (request: Request, ...rest: Rest) => Promise<Response> = protect
export const protectStrictly: <Rest extends unknown[]>(
  resource: ResourceSource<Rest>,
  handler: (request: Request, auth: AuthContext, ...rest: Rest) => Response | Promise<Response>,
  requirements?:
    | (Requirements & { optional?: false })
    | ((request: Request, ...rest: Rest) => Requirements & { optional?: false }),
) => (request: Request, ...rest: Rest) => Promise<Response> = protect

// A plain protect() is a fetch handler. A handler may be synchronous and ignore arguments.
export const plain: (request: Request) => Promise<Response> = protect(
  resource,
  () => new Response(),
)
export const list = protect([resource, resource] as const, async (_request, auth) => {
  yes<Same<typeof auth, AuthContext>>()
  return new Response(auth.subject ?? '')
})
// The host's arguments come from the handler, from the function, or from both.
const byHandler = protect(
  resource,
  (_request, auth: AuthContext, env: Env, count: number) =>
    new Response(auth.clientId + env.name + count),
)
yes<Same<Parameters<typeof byHandler>, [request: Request, env: Env, count: number]>>()
const byFunction = protect(
  (_request, env: Env) => (env.name === '' ? undefined : resource),
  (_request, auth, env) => new Response(auth.issuer + env.name),
)
yes<Same<Parameters<typeof byFunction>, [request: Request, env: Env]>>()
const later = protect(
  async (_request, _env: Env) => resource,
  (_request, auth, env) => new Response(env.name + auth.anonymous),
  (_request, env) => ({ optional: true as const, scopes: [env.name] }),
)
yes<Same<Parameters<typeof later>, [request: Request, env: Env]>>()
// With `optional`, a handler that does not check for a token does not compile.
const looks = (_request: Request, auth: AuthContext | AnonymousContext): Response =>
  new Response(auth.anonymous ? 'nobody' : auth.token)
const relies = (_request: Request, auth: AuthContext): Response => new Response(auth.token)
protect(resource, looks, { optional: true })
protect(resource, looks)
protect(resource, relies, { optional: false })
// @ts-expect-error an anonymous caller has no token
protect(resource, relies, { optional: true })
// @ts-expect-error also when the requirements are a function of the request
protect(resource, relies, () => ({ optional: true as const }))
// @ts-expect-error `optional` must be known at compile time
protect(resource, relies, { optional: true as boolean })
// @ts-expect-error a misspelt requirement would have no effect
protect(resource, relies, { scope: ['read'] })

// --- Errors and events -----------------------------------------------------------------------------

// The closed unions for exhaustive switches.
yes<
  Same<
    AuthErrorCode,
    | 'credentials_missing'
    | 'credentials_malformed'
    | 'credentials_duplicate'
    | 'origin_refused'
    | 'target_ambiguous'
    | 'body_invalid'
    | 'body_too_large'
    | 'body_timeout'
    | 'header_mismatch'
    | 'token_malformed'
    | 'token_type'
    | 'token_algorithm'
    | 'token_key'
    | 'token_signature'
    | 'token_issuer'
    | 'token_audience'
    | 'token_expired'
    | 'token_not_yet_valid'
    | 'token_claims'
    | 'token_inactive'
    | 'token_revoked'
    | 'binding_missing'
    | 'binding_mismatch'
    | 'binding_unsupported'
    | 'dpop_proof_missing'
    | 'dpop_proof_invalid'
    | 'dpop_proof_replayed'
    | 'dpop_nonce'
    | 'scope_insufficient'
    | 'principal_missing'
    | 'session_unknown'
    | 'authentication_insufficient'
    | 'operation_denied'
    | 'actor_refused'
    | 'unavailable'
    | 'internal'
  >
>()
yes<
  Same<
    UpstreamErrorCode,
    | 'unreachable'
    | 'timeout'
    | 'status'
    | 'redirect'
    | 'too_large'
    | 'not_json'
    | 'invalid_document'
    | 'issuer_mismatch'
  >
>()

// Applications throw and catch our errors.
export const errorFrom: new (
  code: AuthErrorCode,
  options?: { cause?: unknown; scopes?: readonly string[] },
) => AuthError = AuthError
yes<
  Keeps<
    AuthError,
    {
      readonly code: AuthErrorCode
      readonly status: number
      readonly spec: string
      readonly scopes: readonly string[]
    }
  >
>()
yes<Keeps<ConfigError, { readonly problems: readonly { path: string; message: string }[] }>>()
yes<Keeps<UpstreamError, { readonly code: UpstreamErrorCode; readonly url: string }>>()
yes<
  Keeps<
    UpstreamError,
    {
      readonly [Name in Exclude<
        keyof UpstreamErrorOptions,
        'message'
      >]-?: UpstreamErrorOptions[Name]
    }
  >
>()
export const upstreamErrorFrom: new (
  code: UpstreamErrorCode,
  url: string,
  options?: UpstreamErrorOptions,
) => UpstreamError = UpstreamError
export const caught = (error: unknown): Error[] => {
  if (isAuthError(error)) yes<Same<typeof error, AuthError>>()
  if (isConfigError(error)) yes<Same<typeof error, ConfigError>>()
  if (isUpstreamError(error)) yes<Same<typeof error, UpstreamError>>()
  const known = [AuthError, ConfigError, UpstreamError].some((each) => error instanceof each)
  return known ? [error as AuthError, error as ConfigError, error as UpstreamError] : []
}

// The members of events, exactly: the contract describes what a log contains.
type ContractEvent =
  | { type: 'accepted'; resource: string; issuer: string; cached: boolean }
  | {
      type: 'refused'
      resource: string
      code: AuthErrorCode
      status: number
      issuer?: string
      expected?: readonly string[]
      received?: readonly string[]
      claim?: string
      denied?: string
    }
  | {
      type: 'document'
      issuer: string
      url: string
      outcome: 'fetched' | 'stale' | 'failed' | 'key_skipped' | 'key_undecided' | 'store_failed'
      code?: UpstreamErrorCode
    }
  | { type: 'warning'; path: string; message: string }
/** Every member of every event type, as text: TypeScript treats equal object types as the same. */
type Members<E> = E extends { type: string } ? `${E['type']}.${keyof E & string}` : never
/**
 * Numbers only with `measureDurations`; of documents, issuers, origins and a sentence; of a 5xx, the name of
 * an option; of a logout token, that it is one.
 */
type Added =
  | 'accepted.durationMs'
  | 'accepted.unenforced'
  | 'refused.durationMs'
  | 'refused.logout'
  | 'refused.option'
  | 'document.message'
  | 'document.status'
  | 'document.reason'
  | 'document.missing'
  | 'document.expected'
  | 'document.received'
yes<Same<AuthEvent, ContractEvent>>()
yes<Same<Exclude<Members<AuthEvent>, Added>, Members<ContractEvent>>>()
