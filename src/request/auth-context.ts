/** The contexts that handlers receive: one for each request, with frozen parts that requests share. */

import type { Actor } from '../contract/actor.ts'
import type { AnonymousContext, AuthContext, McpOperation } from '../contract/context.ts'
import type { Credentials, Scheme } from '../http/authorization.ts'
import type { VerifiedToken } from '../jwt/verified-token.ts'
import { type Success, succeed } from '../lib/result.ts'
import { NEEDED, NONCE } from '../resource/context-facts.ts'
import type { NeededScopes } from '../resource/required-scopes.ts'
import type { ReadOperations, ResourceIdentity } from '../resource/state.ts'
import { NO_SCOPES } from '../scope/requirement.ts'

/** The operations of a request whose body is not read. */
export const NO_OPERATIONS: readonly McpOperation[] = /* @__PURE__ */ Object.freeze([])

/** What is known of a request whose body is not read. */
export const NOTHING_READ: Success<ReadOperations> = /* @__PURE__ */ succeed({
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

/**
 * Created for every request, so it copies references only. `declare`: each member is written once, and not
 * as `undefined` before. They are own members, so that `{ ...auth }` has them too; `authOf` adds `resource` to it.
 */
export class VerifiedContext implements AuthContext {
  declare readonly ok: true
  declare readonly anonymous: false
  declare readonly token: string
  declare readonly clientId: string
  declare readonly scopes: string[]
  declare readonly expiresAt: number
  declare readonly identifier: string
  declare readonly resourceMetadataUrl: string
  declare readonly extra: Record<string, unknown>
  declare readonly scheme: Scheme
  declare readonly issuer: string
  declare readonly subject: string | undefined
  declare readonly actor: Actor | undefined
  declare readonly audience: string[]
  declare readonly claims: Readonly<Record<string, unknown>>
  declare readonly operations: readonly McpOperation[]
  /** Replaced after the operation policy, which receives the context, has added its scopes. */
  declare [NEEDED]: NeededScopes
  /** Set only where the response carries a nonce. */
  declare [NONCE]?: string

  /** Positional, because an object of arguments costs as much as the context. */
  constructor(
    { token, scheme }: Credentials,
    verified: VerifiedToken,
    identity: ResourceIdentity,
    operations: readonly McpOperation[],
    needed: NeededScopes,
  ) {
    this.ok = true
    this.anonymous = false
    this.token = token
    this.clientId = verified.clientId
    this.scopes = verified.scopes
    this.expiresAt = verified.expiresAt
    this.identifier = identity.identifier
    this.resourceMetadataUrl = identity.metadataUrl
    this.extra = verified.extra
    this.scheme = scheme
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
