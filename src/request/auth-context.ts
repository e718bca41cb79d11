/** The contexts that handlers get: made for each request, from what is shared between requests. */

import type { AnonymousContext, AuthContext, McpOperation } from '../contract/context.ts'
import type { Credentials, Scheme } from '../http/authorization.ts'
import type { VerifiedToken } from '../jwt/verified-token.ts'
import { NEEDED, type NeededScopes } from '../resource/needed-scopes.ts'
import type { ResourceState } from '../resource/state.ts'
import { NO_SCOPES, type ScopeRequirement } from '../scope/requirement.ts'

export function anonymousContext(
  state: ResourceState,
  operations: readonly McpOperation[],
): AnonymousContext & { readonly [NEEDED]: NeededScopes } {
  return {
    // Anonymous requests pass only where nothing is needed.
    [NEEDED]: NO_SCOPES,
    ok: true,
    anonymous: true,
    identifier: state.identifier,
    resourceMetadataUrl: state.metadataUrl,
    scopes: [],
    operations,
  }
}

/** Slim on purpose: one is made for every request. What is shared is frozen. */
export class VerifiedContext implements AuthContext {
  readonly ok = true
  readonly anonymous = false
  readonly token: string
  readonly clientId: string
  readonly scopes: string[]
  readonly expiresAt: number
  readonly identifier: string
  readonly resourceMetadataUrl: string
  readonly extra: Record<string, unknown>
  readonly scheme: Scheme
  readonly issuer: string
  readonly subject: string | undefined
  readonly audience: string[]
  readonly claims: Readonly<Record<string, unknown>>
  readonly operations: readonly McpOperation[]
  /** Replaced once a policy was asked, which is given the context. */
  declare [NEEDED]: NeededScopes

  constructor(
    { token, scheme }: Credentials,
    verified: VerifiedToken,
    state: ResourceState,
    operations: readonly McpOperation[],
    needed: ScopeRequirement,
  ) {
    this.token = token
    this.clientId = verified.clientId
    this.scopes = verified.scopes
    this.expiresAt = verified.expiresAt
    this.identifier = state.identifier
    this.resourceMetadataUrl = state.metadataUrl
    this.extra = verified.extra
    this.scheme = scheme
    this.issuer = verified.issuer
    this.subject = verified.subject
    this.audience = verified.audience
    this.claims = verified.claims
    this.operations = operations
    this[NEEDED] = neededWith(needed, verified, state)
  }

  /** A `URL` can be changed, so everybody gets one of their own. */
  get resource(): URL {
    return new URL(this.identifier)
  }
}

/** What a 403 about this token names besides what it lacks. */
export function neededWith(
  needed: ScopeRequirement,
  { granted }: VerifiedToken,
  { repeatGrantedScopes }: ResourceState,
): NeededScopes {
  return repeatGrantedScopes ? { ...needed, granted } : needed
}
