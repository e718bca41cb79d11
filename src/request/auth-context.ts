/** The contexts that handlers receive: one for each request, with frozen parts that requests share. */

import type { Actor } from '../contract/actor.ts'
import type { AnonymousContext, AuthContext, McpOperation } from '../contract/context.ts'
import type { Scheme } from '../http/authorization.ts'
import { type Success, succeed } from '../lib/result.ts'
import { NEEDED, NONCE } from '../resource/context-facts.ts'
import type { NeededScopes } from '../resource/required-scopes.ts'
import type { PresentedToken, ReadOperations, ResourceIdentity } from '../resource/state.ts'
import { NO_SCOPES } from '../scope/requirement.ts'

/** The operations of a request whose body is not read. */
export const NO_OPERATIONS: readonly McpOperation[] = Object.freeze([])

/** What is known of a request whose body is not read. */
export const NOTHING_READ: Success<ReadOperations> = succeed({
  operations: NO_OPERATIONS,
  named: [],
  calls: [],
  text: undefined,
})

export function anonymousContext(
  { identifier, metadataUrl }: ResourceIdentity,
  operations: readonly McpOperation[],
): AnonymousContext & { readonly [NEEDED]: NeededScopes } {
  return {
    // Anonymous requests pass only where no scope is needed.
    [NEEDED]: NO_SCOPES,
    ok: true,
    anonymous: true,
    identifier,
    resourceMetadataUrl: metadataUrl,
    scopes: [],
    operations,
  }
}

/** What a context is created from. */
export interface ContextParts {
  readonly token: PresentedToken
  readonly identity: ResourceIdentity
  readonly operations: readonly McpOperation[]
  readonly needed: NeededScopes
}

/** Created for every request, so it copies references only. */
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
  readonly actor: Actor | undefined
  readonly audience: string[]
  readonly claims: Readonly<Record<string, unknown>>
  readonly operations: readonly McpOperation[]
  /** Replaced after the operation policy, which receives the context, has added its scopes. */
  declare [NEEDED]: NeededScopes
  /** Set only where the response carries a nonce. */
  declare [NONCE]?: string

  constructor({ token, identity, operations, needed }: ContextParts) {
    const { verified } = token
    this.token = token.token
    this.clientId = verified.clientId
    this.scopes = verified.scopes
    this.expiresAt = verified.expiresAt
    this.identifier = identity.identifier
    this.resourceMetadataUrl = identity.metadataUrl
    this.extra = verified.extra
    this.scheme = token.scheme
    this.issuer = verified.issuer
    this.subject = verified.subject
    this.actor = verified.actor
    this.audience = verified.audience
    this.claims = verified.claims
    this.operations = operations
    this[NEEDED] = needed
  }

  /** A new `URL` at every read, because a `URL` is mutable. */
  get resource(): URL {
    return new URL(this.identifier)
  }
}
