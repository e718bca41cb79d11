/** The state of a protected resource in parts: prepared configuration and the memory between requests. */

import type { IssuerDocuments } from '../authorization-server/documents.ts'
import type { Actor } from '../contract/actor.ts'
import type { AuthErrorCode } from '../contract/auth-error-codes.ts'
import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import type { AuthContext, McpOperation } from '../contract/context.ts'
import type { ProtectedResourceMetadata } from '../contract/documents.ts'
import type { AuthEvent, UnenforcedRejection } from '../contract/events.ts'
import type { HostFacts } from '../contract/ports.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import type { Requirements } from '../contract/requirements.ts'
import type { ProtectedResourceOptions } from '../contract/resource-options.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import type { HeaderFields } from '../http/build-response.ts'
import type { OriginPolicy } from '../http/cors.ts'
import type { IssuerMatcher } from '../identifiers/issuer-matcher.ts'
import type { CompactJwt } from '../jwt/compact-jwt.ts'
import type { ClaimReading, FreshToken, VerifiedToken } from '../jwt/verified-token.ts'
import type { JwtRules } from '../jwt/verify-jwt.ts'
import type { CredentialCache } from '../lib/credential-cache.ts'
import { ownMembers } from '../lib/own-members.ts'
import type { Awaitable } from '../lib/promise.ts'
import type { Result } from '../lib/result.ts'
import type { TextPool } from '../lib/text-pool.ts'
import type { JsonRpcCall } from '../mcp/json-rpc.ts'
import type { NamedOperation } from '../mcp/operation.ts'
import type { CombinedRules, OperationRules } from '../mcp/policy.ts'
import type { DocumentPlace } from '../metadata/serve-document.ts'
import type { ClaimRules } from '../opaque/check-claims.ts'
import type { ClaimsResult } from '../opaque/response-cache.ts'
import type { ScopeRequirement } from '../scope/requirement.ts'
import type { ScopePrefixes } from '../scope/scope-prefix.ts'
import type { BindingState } from './binding.ts'
import type { CachedToken } from './cached-token.ts'
import type { AuditTrail, Slots } from './slots.ts'
import type { TokenGroups } from './token-groups.ts'

/**
 * An OAuth 2.1 protected resource. Created by `protectedResource()`; the other functions take it.
 *
 * @example
 * ```ts
 * function pointToMetadata(resource: ProtectedResource): Response {
 *   return Response.redirect(resource.metadataUrl, 307)
 * }
 * ```
 */
export interface ProtectedResource {
  /** The resource identifier, byte for byte as configured. */
  readonly identifier: string
  /** The absolute URL of its metadata. */
  readonly metadataUrl: string
  /** Its metadata by wire name (RFC 9728 §2). */
  readonly metadata: Readonly<ProtectedResourceMetadata>
  /**
   * Whether every request needs a client certificate from the host: mutual TLS is required and no
   * proxy header replaces it. For adapters of hosts that show no client certificates.
   */
  readonly requiresCertificate: boolean
}

/** The names of the resource. */
export interface ResourceIdentity {
  readonly identifier: string
  readonly url: URL
  readonly metadataUrl: string
}

/** The documents that the resource serves. */
interface MetadataState {
  readonly place: DocumentPlace
  /** The place of the option `metadataUrl`, unless it is the derived one or on another origin. */
  readonly furtherPlace: DocumentPlace | undefined
  readonly maxAgeSeconds: number
  readonly servesAuthorizationServerMetadata: boolean
}

/** One authorization server of one resource. */
export interface ServerState {
  readonly options: AuthorizationServerOptions
  readonly matches: IssuerMatcher
  readonly documents: IssuerDocuments
  /** `undefined`: this server issues no JWTs. */
  readonly jwt: JwtRules | undefined
  readonly reading: ClaimReading
  readonly opaque: readonly OpaqueVerifier[]
}

/** Verifies a token format that the resource cannot read itself: introspection, or a custom function. */
export interface OpaqueVerifier {
  /** Which opaque tokens it verifies; `undefined`: all of them. */
  readonly accepts: ((token: string) => boolean) | undefined
  /** Fetches the claims of a token; `undefined` for an inactive one. */
  readonly fetchClaims: (
    token: string,
    budget: RequestBudget,
    request: Request | undefined,
  ) => Promise<ClaimsResult>
  readonly rules: ClaimRules
  readonly reading: ClaimReading
}

/** The cache of verified tokens. */
export interface TokenCacheState {
  /** `undefined`: every token is verified at every request. */
  readonly entries: CredentialCache<CachedToken<ServerState>> | undefined
  readonly maxAgeSeconds: number
  /** What cached tokens have in common. */
  readonly groups: TokenGroups<ServerState>
  /** Strings that cached tokens share. */
  readonly texts: TextPool
}

/** The scopes that every request needs, and the scopes that challenges name. */
export interface ScopePolicy {
  readonly required: ScopeRequirement
  /** `undefined`: a 401 names the scopes of the request at hand. */
  readonly challengeScopes: readonly string[] | undefined
  readonly repeatGrantedScopes: boolean
  /** The prefixes of the servers' scopes; `undefined`: no server has one. */
  readonly prefixes: ScopePrefixes | undefined
}

/** The operation policy, the limits for reading bodies, and the steps that use both. */
export interface OperationReading {
  readonly rules: OperationRules
  readonly maxBodyBytes: number
  readonly bodyTimeoutMs: number
  readonly decisionTimeoutMs: number
  /** Whether scopes and denials of operations are reported only. */
  readonly isReportOnly: boolean
  readonly steps: OperationSteps
}

/** The policies that say what a call without a valid token would need. */
export interface OperationPolicies {
  readonly operations: OperationReading
  readonly scopes: ScopePolicy
}

/** What reading operations takes of a call. */
export interface OperationCall {
  readonly request: Request | undefined
  readonly host: HostFacts | undefined
  readonly needed: ScopeRequirement
  readonly trail: AuditTrail | undefined
}

/** The operations of a message, and the calls that they come from. */
export interface ReadOperations {
  readonly operations: readonly McpOperation[]
  readonly named: readonly NamedOperation[]
  readonly calls: readonly JsonRpcCall[]
  /** The text of the message; `undefined`: the application has parsed it. */
  readonly text: (() => string) | undefined
}

/** What decisions read of a token. */
export type Holder = Pick<VerifiedToken, 'authority' | 'scopes' | 'granted' | 'claims'>

/** The steps about operations. See `src/request/read-operations.ts`. */
interface OperationSteps {
  readOperations(
    call: OperationCall,
    limits: Pick<OperationReading, 'maxBodyBytes' | 'bodyTimeoutMs'>,
  ): Awaitable<Result<ReadOperations, RejectionReason>>
  combinedRulesOf(
    read: ReadOperations,
    reading: OperationReading,
    base: ScopeRequirement,
    auth: AuthContext | undefined,
  ): Awaitable<Result<CombinedRules, AuthErrorCode>>
  checkRules(
    holder: Holder,
    combined: CombinedRules,
    base: ScopeRequirement,
    requirements: Requirements | undefined,
    state: Pick<ResourceState, 'operations' | 'scopes' | 'clock'>,
  ): Result<UnenforcedRejection | undefined, RejectionReason>
  checkAnonymous(
    call: OperationCall,
    policies: OperationPolicies,
  ): Promise<Result<readonly McpOperation[], RejectionReason>>
  withScopesOfOperations(
    reason: RejectionReason,
    call: OperationCall,
    policies: OperationPolicies,
  ): Promise<RejectionReason>
}

/** Which actors may use a token; `undefined`: any. */
type ActorPolicy = 'none' | ((actor: Actor, auth: AuthContext) => boolean) | undefined

/** A call whose token is verified, and the time at which it came. */
export interface Verification {
  readonly budget: RequestBudget
  readonly request: Request | undefined
  readonly now: number
}

/** The steps for tokens that the resource cannot read itself. See `src/request/verify-opaque-token.ts`. */
export interface OpaqueSteps {
  verifyOpaqueToken(
    token: string,
    servers: readonly ServerState[],
    verification: Verification,
  ): Promise<Result<FreshToken, RejectionReason>>
  verifyJwtAsOpaque(
    token: string,
    jwt: CompactJwt,
    server: ServerState,
    verification: Verification,
  ): Promise<Result<FreshToken, RejectionReason>>
}

/** The MCP endpoint: origins, credentials and streams. */
export interface EndpointState {
  readonly origins: OriginPolicy
  readonly readToken: ProtectedResourceOptions['token']
  /** Whether a GET of the endpoint reaches the handler. */
  readonly offersGetStream: boolean
  readonly endStreamsAtExpiry: 'listening' | 'all' | false
}

/** Seconds since the epoch, and the leeway for comparing them. */
export interface ClockState {
  readonly now: () => number
  readonly toleranceSeconds: number
}

/** The listener for events. */
interface EventState {
  readonly onEvent: ((event: AuthEvent) => void) | undefined
  /** Whether events contain the duration of a decision. */
  readonly measuresDurations: boolean
  /** Paths of the warnings about requests that were emitted: each only once. */
  readonly warned: Set<string>
}

/** A response that can be built any number of times. */
export interface ResponseDraft {
  readonly body: string
  readonly status: number
  readonly headers: HeaderFields
}

/** Everything that a resource knows when a request comes in. Functions take the parts they read. */
export interface ResourceState extends Slots<ResourceState> {
  readonly identity: ResourceIdentity
  readonly metadata: MetadataState
  readonly servers: readonly ServerState[]
  readonly tokens: TokenCacheState
  readonly scopes: ScopePolicy
  /** `undefined`: bodies are never read. */
  readonly operations: OperationReading | undefined
  readonly acceptActors: ActorPolicy
  readonly binding: BindingState
  /** `undefined`: every token must be a JWT. */
  readonly opaque: OpaqueSteps | undefined
  readonly endpoint: EndpointState
  readonly clock: ClockState
  readonly events: EventState
  /** Rejections that do not depend on the request, by code: invalid requests come in floods. */
  readonly plainRejections: Map<AuthErrorCode, ResponseDraft>
}

const STATE = Symbol('mcp-gatehouse.state')

/** Attaches the state to a resource. Printing or copying the resource does not show it. */
export function attachState(resource: ProtectedResource, state: ResourceState): ProtectedResource {
  Object.defineProperty(resource, STATE, ownMembers({ value: state }))
  return Object.freeze(resource)
}

/** @throws {TypeError} If the resource was not created by `protectedResource()` of this package. */
export function stateOf(resource: ProtectedResource): ResourceState {
  const state = (resource as { [STATE]?: ResourceState } | undefined)?.[STATE]
  if (state === undefined) {
    throw new TypeError('The resource was not created by protectedResource().')
  }
  return state
}
