/** A verified token in the cache. Tens of thousands of them are held, so each fact is held once. */

import type { Actor } from '../contract/actor.ts'
import type { Credentials } from '../http/authorization.ts'
import type { VerifiedToken } from '../jwt/verified-token.ts'
import { CacheEntry } from '../lib/cache-entry.ts'
import { copyOfText, heldBytes } from '../lib/held-bytes.ts'
import type { JsonObject } from '../lib/json.ts'
import type { TextPool } from '../lib/text-pool.ts'
import type { TokenGroup } from './token-groups.ts'

/** From when until when a cached token is accepted without verification, in seconds, without leeway. */
interface Validity {
  readonly from: number
  readonly until: number
}

/** Members that only some tokens have. */
interface Details {
  readonly confirmation: unknown
  readonly actor: Actor | undefined
  /** Where `mapClaims` made others of them. */
  readonly original: Readonly<JsonObject> | undefined
  readonly digest: string | undefined
  /** Names the principal where nothing else does. */
  readonly ownCredentials: string | undefined
  /** Of hot tokens. */
  readonly credentials: Credentials | undefined
  readonly extra: Record<string, unknown> | undefined
}

const NO_DETAILS: Details = {
  confirmation: undefined,
  actor: undefined,
  original: undefined,
  digest: undefined,
  ownCredentials: undefined,
  credentials: undefined,
  extra: undefined,
}

/** The principal whose quota a token counts for. Tokens that name neither a subject nor a client share none. */
export function holderOf(
  { subject, clientId }: Pick<VerifiedToken, 'subject' | 'clientId'>,
  credentials: string,
): string {
  return subject ?? (clientId === '' ? credentials : clientId)
}

export class CachedToken<Server> extends CacheEntry implements VerifiedToken {
  declare readonly group: TokenGroup<Server>
  declare readonly subject: string | undefined
  declare readonly clientId: string
  declare readonly claims: Readonly<JsonObject>
  declare readonly expiresAt: number
  declare readonly validFrom: number
  declare readonly validUntil: number
  #details: Details | undefined

  constructor(
    credentials: string,
    verified: VerifiedToken,
    group: TokenGroup<Server>,
    validity: Validity,
    texts: TextPool,
  ) {
    const { subject, clientId, claims, confirmation, actor } = verified
    const original = verified.original === claims ? undefined : verified.original
    const isNamed = subject !== undefined || clientId !== ''
    const ownCredentials = isNamed ? undefined : copyOfText(credentials)
    super(
      credentials,
      group,
      heldBytes([claims, original, ownCredentials], (text) => texts.isShared(text)),
    )
    this.subject = subject
    this.clientId = clientId
    this.claims = claims
    this.expiresAt = verified.expiresAt
    // Whole seconds: engines store other numbers in objects of their own.
    this.validFrom = Math.floor(validity.from)
    this.validUntil = Math.floor(validity.until)
    this.#details = changed(undefined, { confirmation, actor, original, ownCredentials })
  }

  warm(credential: string): void {
    const hot = { credentials: this.credentialsIn(credential), extra: this.extra }
    this.#details = changed(this.#details, hot)
  }

  cool(): void {
    this.#details = changed(this.#details, { credentials: undefined, extra: undefined })
  }

  get server(): Server {
    return this.group.server
  }
  get tenant(): string | undefined {
    return this.group.tenant
  }
  get issuer(): string {
    return this.group.issuer
  }
  get authority(): string {
    return this.group.authority
  }
  get granted(): readonly string[] {
    return this.group.granted
  }
  get scopes(): string[] {
    return this.group.scopes
  }
  get audience(): string[] {
    return this.group.audience
  }
  get key(): object | undefined {
    return this.group.key
  }

  get holder(): string {
    return holderOf(this, this.#details?.ownCredentials ?? '')
  }

  get extra(): Record<string, unknown> {
    return (
      this.#details?.extra ??
      Object.freeze({ issuer: this.issuer, subject: this.subject, claims: this.claims })
    )
  }
  get confirmation(): unknown {
    return this.#details?.confirmation
  }
  get actor(): Actor | undefined {
    return this.#details?.actor
  }
  get original(): Readonly<JsonObject> {
    return this.#details?.original ?? this.claims
  }
  get digest(): string | undefined {
    return this.#details?.digest
  }
  set digest(digest: string | undefined) {
    this.#details = changed(this.#details, { digest })
  }

  /** What `parseAuthorization()` makes of these credentials. */
  credentialsIn(text: string): Credentials {
    const { scheme, tokenStart } = this.group
    return this.#details?.credentials ?? { scheme, token: text.slice(tokenStart) }
  }
}

/** `undefined` where nothing is left. Not a private method, for which engines keep a mark in every instance. */
function changed(details: Details | undefined, changes: Partial<Details>): Details | undefined {
  const next = { ...(details ?? NO_DETAILS), ...changes }
  return Object.values(next).some((each) => each !== undefined) ? next : undefined
}
