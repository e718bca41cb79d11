/**
 * Session ids that only their owner can use, without storage: the id of the handler, a point, and an HMAC
 * over the resource, the principal and the id.
 */

import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import type { AnonymousContext, AuthContext } from '../contract/context.ts'
import { Hmac } from '../crypto/hmac.ts'
import { hmacSync } from '../crypto/hmac-sync.ts'
import { createIssuerMatcher } from '../identifiers/issuer-matcher.ts'
import { ownClaim } from '../jwt/read-claims.ts'
import { encodeBase64url } from '../lib/base64url.ts'
import type { SessionIds, SessionOwner } from '../resource/slots.ts'

/** A change of the format gets a new label, so that no id of one format opens in another. */
const LABEL = 'mcp-gatehouse session 1'
const ID = /^[\x21-\x7e]{1,512}$/
/** Bounds the work for ids that the client invented. */
const MAX_SEALED_LENGTH = 1024
/** The last point: the id itself may contain points. */
const SEALED = /^([\x21-\x7e]+)\.([A-Za-z0-9_-]{43})$/

interface SealedIdOptions {
  /** The resource identifier: an id of one resource does not open at another. */
  readonly resource: string
  /** The first one seals, and all of them open. */
  readonly secrets: readonly string[]
  readonly servers: readonly Pick<
    AuthorizationServerOptions,
    'issuer' | 'tokenIssuers' | 'issuerTemplate' | 'claims'
  >[]
}

export class SealedIds implements SessionIds {
  readonly #options: SealedIdOptions
  readonly #hmac = new Hmac()

  constructor(options: SealedIdOptions) {
    this.#options = options
  }

  ownerOf(auth: AuthContext | AnonymousContext): SessionOwner | undefined {
    if (auth.anonymous) return { kind: 'anonymous', issuer: '', principal: '' }
    const server = this.#serverOf(auth.issuer)
    const issuer = server?.issuer ?? auth.issuer
    if (isName(auth.subject)) return { kind: 'user', issuer, principal: auth.subject }
    // The token of a user whose name cannot be read, such as a number: as a session of the client, it would be
    // open to all its users.
    const { servers } = this.#options
    const named = server ?? servers.find((each) => createIssuerMatcher(each)(auth.issuer))
    const subject = ownClaim(auth.claims, named?.claims?.subject ?? 'sub') ?? ''
    if (typeof subject !== 'string') return undefined
    if (isName(auth.clientId)) return { kind: 'client', issuer, principal: auth.clientId }
    return undefined
  }

  seal(id: string, owner: SessionOwner): string | undefined {
    if (!ID.test(id)) return undefined
    const mac = hmacSync(this.#textOf(id, owner), this.#options.secrets[0] ?? '')
    return `${id}.${encodeBase64url(mac)}`
  }

  async open(sealed: string, owner: SessionOwner): Promise<string | undefined> {
    if (sealed.length > MAX_SEALED_LENGTH) return undefined
    const [, id, mac] = SEALED.exec(sealed) ?? []
    if (id === undefined || mac === undefined) return undefined
    const text = this.#textOf(id, owner)
    for (const secret of this.#options.secrets) {
      if (await this.#hmac.verify(text, mac, secret)) return id
    }
    return undefined
  }

  /** A server whose issuer changes has several issuers and the same users. A tenant of a template is its own issuer. */
  #serverOf(issuer: string): SealedIdOptions['servers'][number] | undefined {
    return this.#options.servers.find(
      (each) => each.issuer === issuer || each.tokenIssuers?.includes(issuer) === true,
    )
  }

  #textOf(id: string, { kind, issuer, principal }: SessionOwner): string {
    return [LABEL, ...[this.#options.resource, kind, issuer, principal, id].map(prefixed)].join('')
  }
}

/**
 * A field with its length, so that no two lists of fields give one text. As JSON, because UTF-8 has one form
 * for all unpaired surrogates, and two subjects may differ in nothing else.
 */
function prefixed(field: string): string {
  const text = JSON.stringify(field)
  return `${text.length}:${text}`
}

/** An empty name, or one of blanks, names no principal. */
function isName(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== ''
}
