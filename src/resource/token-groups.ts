/** What many cached tokens have in common, held once: their issuer, their grant, their first characters. */

import type { Scheme } from '../http/authorization.ts'
import type { CredentialHead } from '../lib/cache-entry.ts'
import { copyOfText } from '../lib/held-bytes.ts'
import type { ScopeRequirement } from '../scope/requirement.ts'

/** The facts of a cached token that are not those of one user. */
export interface TokenFacts<Server> {
  readonly server: Server
  readonly tenant: string | undefined
  readonly issuer: string
  readonly authority: string
  readonly granted: readonly string[]
  readonly scopes: string[]
  readonly audience: string[]
  readonly key: object | undefined
  readonly scheme: Scheme
  /** Where the token begins in its credentials. */
  readonly tokenStart: number
}

export interface TokenGroup<Server> extends TokenFacts<Server>, CredentialHead {
  /** The latest requirement that the scopes were found to satisfy. Both are frozen or never change. */
  sufficientFor: ScopeRequirement | undefined
}

interface Known<Server> {
  group: TokenGroup<Server>
  /** The first credentials, until others show what they have in common. */
  first: string | undefined
}

/** The groups that new tokens can join. Tokens of older groups keep theirs. */
const MAX_GROUPS = 64
/** A shorter head saves nothing. */
const MIN_HEAD = 32
/** Characters that are not in the head: longer than a signature's hash. */
const MIN_REST = 64

export class TokenGroups<Server> {
  readonly #known: Known<Server>[] = []
  #oldest = 0

  /** The group of credentials with such facts. Its head begins the credentials. */
  join(credentials: string, facts: TokenFacts<Server>): TokenGroup<Server> {
    const known = this.#known.find(({ group }) => isAlike(group, facts))
    if (known === undefined) return this.#found(credentials, facts)
    const { group, first } = known
    const compared = first ?? group.head
    if (first === undefined && credentials.startsWith(compared)) return group
    const length = Math.min(commonLength(compared, credentials), credentials.length - MIN_REST)
    const head = length < MIN_HEAD ? '' : copyOfText(credentials.slice(0, length))
    known.group = { ...group, head }
    known.first = undefined
    return known.group
  }

  #found(credentials: string, facts: TokenFacts<Server>): TokenGroup<Server> {
    const group: TokenGroup<Server> = { ...facts, head: '', sufficientFor: undefined }
    this.#known[this.#oldest] = { group, first: credentials }
    this.#oldest = (this.#oldest + 1) % MAX_GROUPS
    return group
  }
}

function isAlike<Server>(one: TokenFacts<Server>, other: TokenFacts<Server>): boolean {
  return (
    one.server === other.server &&
    one.issuer === other.issuer &&
    one.key === other.key &&
    one.scheme === other.scheme &&
    one.tokenStart === other.tokenStart &&
    isSameList(one.granted, other.granted) &&
    isSameList(one.scopes, other.scopes) &&
    isSameList(one.audience, other.audience)
  )
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  if (one === other) return true
  return one.length === other.length && one.every((each, index) => each === other[index])
}

function commonLength(one: string, other: string): number {
  let length = 0
  while (length < one.length && one.charCodeAt(length) === other.charCodeAt(length)) length += 1
  return length
}
