/**
 * A program for the public contract, independent of our own type definitions:
 * every option.
 * Never run: `tsc` is the test, here with the sources and in test/dist with what is published.
 */

import type {
  AccessTokenKind,
  AuthContext,
  AuthEvent,
  AuthorizationServerMetadata,
  AuthorizationServerOptions,
  AuthorizationServerType,
  CustomTokenOptions,
  Denial,
  DiscoveryOptions,
  DocumentStore,
  DpopOptions,
  Fetch,
  FetchOptions,
  Finding,
  IntrospectionOptions,
  Jwk,
  JwtOptions,
  McpCall,
  McpMethod,
  McpOperation,
  MtlsOptions,
  NamedMethod,
  OperationDecision,
  OperationKey,
  OperationPolicy,
  ProtectedResource,
  ProtectedResourceMetadata,
  ProtectedResourceOptions,
  ReplayStore,
  Requirements,
  ScopeRule,
  TokenContext,
} from 'mcp-gatehouse'
import { type AdmitsUndefined, type Keeps, type Lax, type Same, yes } from './yardsticks.ts'

// The type assertions themselves can fail.
// @ts-expect-error a member is missing
yes<Keeps<{ a: 1 }, { a: 1; b?: 2 }>>()
// @ts-expect-error a union lost a member
yes<Same<'a', 'a' | 'b'>>()
// @ts-expect-error an option rejects undefined
yes<AdmitsUndefined<{ a?: 1 }>>()

// --- Authorization servers -------------------------------------------------------------------------

// Small types, exactly.
yes<Same<AuthorizationServerType, 'oauth' | 'oidc'>>()
yes<Same<Fetch, (url: string, init?: RequestInit) => Promise<Response>>>()
yes<
  Same<
    Jwk,
    {
      readonly kty?: string
      readonly kid?: string
      readonly alg?: string
      readonly use?: string
      readonly [member: string]: unknown
    }
  >
>()
yes<
  Same<
    AuthorizationServerMetadata,
    { readonly issuer: string; readonly jwks_uri?: string; readonly [member: string]: unknown }
  >
>()
yes<
  Keeps<Finding, { id: string; level: 'error' | 'warning' | 'pass'; message: string; spec: string }>
>()

// The fetch of every host fits, and so does a plain function.
const hostFetch: Fetch = fetch
const plainFetch: Fetch = async (url) => new Response(url)
export const fetches = [hostFetch, plainFetch]

// Metadata needs only an issuer.
export const least: AuthorizationServerMetadata = { issuer: 'https://as.example' }

// The fetch options, as written and as read.
interface ContractFetchOptions {
  fetch?: Fetch
  timeoutMs?: number
  maxBytes?: number
  dangerouslyAllowHttp?: boolean
}
interface ContractDiscoveryOptions extends ContractFetchOptions {
  type?: AuthorizationServerType
  transform?: (document: Record<string, unknown>) => unknown
}
yes<Keeps<FetchOptions, Lax<ContractFetchOptions>>>()
yes<Keeps<DiscoveryOptions, Lax<ContractDiscoveryOptions>>>()
yes<AdmitsUndefined<FetchOptions>>()
yes<AdmitsUndefined<DiscoveryOptions>>()
// A transform may be asynchronous.
export const transforming: DiscoveryOptions = {
  transform: async (document) => ({ ...document, jwks_uri: '' }),
}

// One authorization server of a resource.
interface ContractServerOptions extends ContractDiscoveryOptions {
  issuer: string
  metadata?: AuthorizationServerMetadata
  metadataUrl?: string
  jwks?: { readonly keys: readonly Jwk[] }
  jwksUri?: string
  audience?: string | readonly string[]
  dangerouslyAllowMissingAudience?: boolean
  accessToken?: AccessTokenKind | readonly AccessTokenKind[]
  mapClaims?: (claims: Readonly<Record<string, unknown>>) => Record<string, unknown> | null
  tokenIssuers?: readonly string[]
  claims?: Lax<{
    scope?: string | readonly string[]
    clientId?: string | readonly string[]
    audience?: string
    subject?: string
    scopePrefix?: string
  }>
  advertised?: boolean
  issuerTemplate?: {
    pattern: string | readonly string[]
    claim: string
    allow: readonly string[] | ((tenant: string) => boolean)
  }
}
yes<Keeps<AuthorizationServerOptions, Lax<ContractServerOptions>>>()
yes<AdmitsUndefined<AuthorizationServerOptions>>()
yes<AdmitsUndefined<NonNullable<AuthorizationServerOptions['claims']>>>()

// The token formats, distinguished by `kind`.
yes<Same<AccessTokenKind, 'jwt' | JwtOptions | IntrospectionOptions | CustomTokenOptions>>()
yes<
  Keeps<
    JwtOptions,
    Lax<{
      kind: 'jwt'
      profile?: 'standard' | 'rfc9068'
      algorithms?: readonly string[]
      requiredClaims?: readonly string[]
      maxTokenAgeSeconds?: number
    }>
  >
>()
yes<
  Keeps<
    IntrospectionOptions,
    Lax<{
      kind: 'introspection'
      endpoint?: string
      clientId: string
      clientSecret?: string
      privateKey?: CryptoKey | Jwk
      keyId?: string
      authMethod?: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt'
      cacheSeconds?: number
      signedResponse?: boolean
      accepts?: (token: string) => boolean
    }>
  >
>()
yes<
  Keeps<
    CustomTokenOptions,
    Lax<{
      kind: 'custom'
      accepts?: (token: string) => boolean
      cacheSeconds?: number
      verify(token: string, context: TokenContext): Promise<Record<string, unknown> | null>
    }>
  >
>()
yes<
  Keeps<
    TokenContext,
    {
      readonly issuer: string
      readonly resource: string
      readonly fetch: Fetch
      readonly now: () => number
      readonly request?: Request
    }
  >
>()
yes<AdmitsUndefined<JwtOptions>>()
yes<AdmitsUndefined<IntrospectionOptions>>()
yes<AdmitsUndefined<CustomTokenOptions>>()

// --- The protected resource ------------------------------------------------------------------------

// Every option of a resource.
interface ContractResourceOptions<Custom extends string = never> {
  resource: string
  authorizationServers: readonly (string | AuthorizationServerOptions)[]
  scopesSupported?: readonly string[]
  metadata?: Readonly<Record<string, unknown>>
  metadataUrl?: string
  audience?: string | readonly string[]
  requiredScopes?: readonly string[]
  challengeScopes?: readonly string[]
  scopeHierarchy?: Readonly<Record<string, readonly string[]>>
  operations?: OperationPolicy<Custom>
  customMethods?: readonly Custom[]
  repeatGrantedScopes?: boolean
  metadataMaxAgeSeconds?: number
  dpop?: boolean | DpopOptions
  mtls?: boolean | MtlsOptions
  token?: (request: Request) => string | undefined
  origins?: '*' | readonly string[]
  maxBodyBytes?: number
  bodyTimeoutMs?: number
  endStreamsAtExpiry?: 'listening' | 'all' | false
  getStream?: boolean
  serveAuthorizationServerMetadata?: boolean
  clockToleranceSeconds?: number
  tokenCache?: false | Lax<{ maxEntries?: number; maxBytes?: number; maxAgeSeconds?: number }>
  documentStore?: DocumentStore
  documentStoreSecret?: string | readonly string[]
  staleIfErrorSeconds?: number
  fetch?: Fetch
  now?: () => number
  onEvent?: (event: AuthEvent) => void
  dangerouslyAllowHttp?: boolean
}
yes<Keeps<ProtectedResourceOptions, Lax<ContractResourceOptions>>>()
yes<Keeps<ProtectedResourceOptions<'notes/export'>, Lax<ContractResourceOptions<'notes/export'>>>>()
yes<AdmitsUndefined<ProtectedResourceOptions>>()
yes<AdmitsUndefined<Exclude<NonNullable<ProtectedResourceOptions['tokenCache']>, false>>>()
yes<
  Keeps<
    ProtectedResource,
    {
      readonly identifier: string
      readonly metadataUrl: string
      readonly metadata: Readonly<ProtectedResourceMetadata>
    }
  >
>()
yes<
  Same<
    ProtectedResourceMetadata,
    {
      readonly resource: string
      readonly authorization_servers: readonly string[]
      readonly [member: string]: unknown
    }
  >
>()
// --- Requirements, operations, binding, stores ----------------------------------------------------

// The requirements of a request.
yes<
  Keeps<
    Requirements,
    Lax<{
      scopes?: readonly string[] | { readonly anyOf: readonly string[] }
      acrValues?: readonly string[]
      maxAgeSeconds?: number
      optional?: boolean
      certificate?: string
      waitUntil?: (work: Promise<unknown>) => void
    }>
  >
>()
yes<AdmitsUndefined<Requirements>>()

// Rules, policies and operations.
yes<
  Same<ScopeRule, readonly string[] | { readonly anyOf: readonly string[] } | 'public' | Denial>
>()
yes<Same<Denial, { readonly denied: string }>>()
yes<Same<McpCall, { readonly arguments: () => unknown }>>()
yes<
  Same<
    OperationDecision,
    (
      operation: McpOperation,
      auth: AuthContext | undefined,
      call: McpCall,
    ) => ScopeRule | undefined | Promise<ScopeRule | undefined>
  >
>()
yes<
  Same<
    OperationPolicy,
    { readonly [Key in OperationKey]?: ScopeRule | undefined } | OperationDecision
  >
>()
yes<Same<OperationKey<'notes/export'>, OperationKey | 'notes/export'>>()
yes<Same<OperationKey, '*' | McpMethod | `${NamedMethod} ${string}`>>()
yes<
  Same<
    NamedMethod,
    | 'tools/call'
    | 'prompts/get'
    | 'completion/complete'
    | 'resources/read'
    | 'resources/subscribe'
    | 'resources/unsubscribe'
    | 'tasks/get'
    | 'tasks/result'
    | 'tasks/update'
    | 'tasks/cancel'
  >
>()
yes<
  Same<
    Exclude<McpMethod, NamedMethod>,
    | 'initialize'
    | 'ping'
    | 'server/discover'
    | 'tools/list'
    | 'prompts/list'
    | 'resources/list'
    | 'resources/templates/list'
    | 'tasks/list'
    | 'subscriptions/listen'
    | 'logging/setLevel'
    | 'notifications/initialized'
    | 'notifications/cancelled'
    | 'notifications/progress'
    | 'notifications/roots/list_changed'
    | 'notifications/tasks/status'
  >
>()
yes<Same<McpOperation, { readonly method: string; readonly name?: string }>>()

// Proofs and certificates.
yes<
  Keeps<
    DpopOptions,
    Lax<{
      required?: boolean
      algorithms?: readonly string[]
      windowSeconds?: number
      nonce?: Lax<{ secret: string | readonly string[]; lifetimeSeconds?: number }>
      replay?: ReplayStore | false
    }>
  >
>()
yes<Keeps<MtlsOptions, Lax<{ required?: boolean; dangerouslyTrustHeader?: string }>>>()
yes<AdmitsUndefined<DpopOptions>>()
yes<AdmitsUndefined<NonNullable<DpopOptions['nonce']>>>()
yes<AdmitsUndefined<MtlsOptions>>()

// Stores of applications.
yes<
  Same<
    DocumentStore,
    {
      get(key: string): Promise<string | undefined>
      set(key: string, value: string, ttlSeconds: number): Promise<void>
    }
  >
>()
yes<Same<ReplayStore, { add(key: string, expiresAt: number): Promise<boolean> }>>()
