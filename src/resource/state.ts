/** What a protected resource privately owns: its configuration made ready, and what it remembers. */

import type { IssuerDocuments } from '../authorization-server/documents.ts'
import type { ProofRules } from '../binding/dpop-proof.ts'
import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import type { ProtectedResourceMetadata } from '../contract/documents.ts'
import type { AuthErrorCode } from '../contract/errors.ts'
import type { AuthEvent } from '../contract/events.ts'
import type { ProtectedResourceOptions } from '../contract/resource-options.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import type { Scheme } from '../http/authorization.ts'
import type { HeaderFields } from '../http/build-response.ts'
import type { OriginPolicy } from '../http/cors.ts'
import type { TargetUri } from '../http/target-uri.ts'
import type { IssuerMatcher } from '../identifiers/issuer-matcher.ts'
import type { ClaimReading, VerifiedToken } from '../jwt/verified-token.ts'
import type { JwtRules } from '../jwt/verify-jwt.ts'
import type { CredentialCache } from '../lib/credential-cache.ts'
import { ownMembers } from '../lib/own-members.ts'
import type { TextPool } from '../lib/text-pool.ts'
import type { OperationRules } from '../mcp/policy.ts'
import type { DocumentPlace } from '../metadata/serve-document.ts'
import type { ClaimRules } from '../opaque/check-claims.ts'
import type { ClaimsResult } from '../opaque/response-cache.ts'
import type { ScopeRequirement } from '../scope/requirement.ts'

/** An OAuth 2.1 protected resource. Made by `protectedResource()`; hand it to everything else. */
export interface ProtectedResource {
  /** The resource identifier, byte for byte as configured. */
  readonly identifier: string
  /** Where its metadata is to be served, absolute. */
  readonly metadataUrl: string
  /** Its metadata by wire name (RFC 9728 §2). */
  readonly metadata: Readonly<ProtectedResourceMetadata>
  /**
   * Whether nobody gets in unless the host shows us the client's certificate: mutual TLS is required,
   * and no proxy's header stands for it. For adapters of hosts that cannot show one.
   */
  readonly requiresCertificate: boolean
}

/** One authorization server of one resource. */
export interface ServerState {
  readonly options: AuthorizationServerOptions
  readonly matches: IssuerMatcher
  readonly documents: IssuerDocuments
  /** `undefined`: this server issues no JWTs. */
  readonly jwt: JwtRules | undefined
  readonly reading: ClaimReading
  /** How tokens are verified that somebody has to be asked about. */
  readonly opaque: readonly OpaqueVerifier[]
}

/** One way to ask about tokens, and what the answers must say. */
export interface OpaqueVerifier {
  /** Which opaque tokens are meant; without it all of them. */
  readonly accepts: ((token: string) => boolean) | undefined
  readonly fetchClaims: (
    token: string,
    budget: RequestBudget,
    request: Request | undefined,
  ) => Promise<ClaimsResult>
  readonly rules: ClaimRules
  readonly reading: ClaimReading
}

/** What is remembered of a credential that was verified. */
export interface Remembered {
  readonly scheme: Scheme
  readonly token: string
  readonly verified: VerifiedToken
  readonly server: ServerState
  readonly tenant: string | undefined
  /** From when until when the verdict counts, in seconds since the epoch. No leeway here. */
  readonly since: number
  readonly until: number
}

/** The operation policy, and how much may be read for its sake. */
export interface OperationReading {
  readonly rules: OperationRules
  readonly maxBodyBytes: number
  readonly bodyTimeoutMs: number
}

/** DPoP as this resource wants it. */
export interface DpopState extends ProofRules {
  /** Unbound tokens are refused. */
  readonly required: boolean
  /** The accepted algorithms as challenges name them. */
  readonly algs: string
  readonly targetOf: TargetUri
}

/** Mutual TLS as this resource wants it. */
export interface MtlsState {
  /** Tokens that are not bound to a certificate are refused. */
  readonly required: boolean
  /** The proxy's field that certificates are read from, and from nowhere else. */
  readonly trustedHeader: string | undefined
}

/** A response that can be made any number of times. */
export interface ResponseDraft {
  readonly body: string
  readonly status: number
  readonly headers: HeaderFields
}

/** Everything that is known of a resource when a request comes in. */
export interface ResourceState {
  readonly identifier: string
  readonly metadataUrl: string
  readonly url: URL
  readonly place: DocumentPlace
  readonly servers: readonly ServerState[]
  readonly required: ScopeRequirement
  readonly challengeScopes: readonly string[] | undefined
  readonly repeatGrantedScopes: boolean
  /** `undefined`: bodies are never read. */
  readonly operations: OperationReading | undefined
  /** Whether a GET of the endpoint reaches the handler. */
  readonly offersGetStream: boolean
  readonly endStreamsAtExpiry: 'listening' | 'all' | false
  /** `undefined`: not offered. */
  readonly dpop: DpopState | undefined
  readonly mtls: MtlsState | undefined
  readonly origins: OriginPolicy
  readonly readToken: ProtectedResourceOptions['token']
  readonly servesAuthorizationServerMetadata: boolean
  readonly metadataMaxAgeSeconds: number
  readonly clockToleranceSeconds: number
  /** `undefined`: every token is verified anew. */
  readonly tokenCache: CredentialCache<Remembered> | undefined
  readonly tokenCacheMaxAgeSeconds: number
  /** What remembered tokens have in common. */
  readonly texts: TextPool
  /** Refusals that are the same for every request, by code. */
  readonly plainRejections: Map<AuthErrorCode, ResponseDraft>
  readonly now: () => number
  readonly onEvent: ((event: AuthEvent) => void) | undefined
  /** Whether events say how long a decision took. */
  readonly measuresDurations: boolean
}

const STATE = Symbol('mcp-gatehouse.state')

/** Ties a resource to its state, out of sight of whoever prints or copies the resource. */
export function attachState(resource: ProtectedResource, state: ResourceState): ProtectedResource {
  Object.defineProperty(resource, STATE, ownMembers({ value: state }))
  return Object.freeze(resource)
}

/** @throws {TypeError} If the resource was not made by `protectedResource()` of this package. */
export function stateOf(resource: ProtectedResource): ResourceState {
  const state = (resource as { [STATE]?: ResourceState })[STATE]
  if (state === undefined) throw new TypeError('This is no resource made by protectedResource().')
  return state
}
