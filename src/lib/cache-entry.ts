/** The entries of {@link CredentialCache}. */

import { copyOfText, textBytes } from './held-bytes.ts'
import type { Principal } from './principal-shares.ts'

/** An entry with its places in the tables, as measured on Node. */
const ENTRY_BYTES = 192

/** The leading characters that many credentials have in common. They are stored once. */
export interface CredentialHead {
  readonly head: string
}

/** One stored credential. A subclass adds the value. */
export abstract class CacheEntry implements Principal {
  abstract readonly issuer: string
  abstract readonly holder: string
  /** From then on it counts as idle for ever, on the clock of {@link CredentialCache.add}. */
  abstract readonly validUntil: number

  readonly group: CredentialHead
  /** The credential without the head of its group. */
  readonly rest: string
  /** The whole credential, while the entry is hot. */
  whole: string | undefined = undefined
  readonly bytes: number
  /** The number of the use that found it last. */
  usedAt = 0

  /**
   * @param group Its head begins the credential.
   * @param valueBytes The bytes that the subclass holds.
   */
  constructor(credential: string, group: CredentialHead, valueBytes: number) {
    this.group = group
    this.rest = copyOfText(credential.slice(group.head.length))
    this.bytes = ENTRY_BYTES + textBytes(this.rest) + valueBytes
  }

  get credential(): string {
    return this.whole ?? this.group.head + this.rest
  }

  /** Called when the entry becomes hot: keep what is costly to build at every use. */
  abstract warm(credential: string): void

  /** Called when it is not hot any more. */
  abstract cool(): void
}

/**
 * Whether an entry is of this credential. `===` compares memory; `startsWith()` and `endsWith()` compare one character at a time
 * on V8.
 */
export function isEntryOf({ whole, group, rest }: CacheEntry, credential: string): boolean {
  if (whole !== undefined) return whole === credential
  const { head } = group
  return (
    credential.length === head.length + rest.length &&
    credential.slice(head.length) === rest &&
    credential.slice(0, head.length) === head
  )
}

/** The last characters that select a slot. */
const HASHED_CHARACTERS = 6

/**
 * Selects a slot; never 0. The whole text is compared afterwards. The last characters of a JWT belong to
 * its signature and are therefore random: six bits each, but for the last one, which has unused bits.
 */
export function hashOf(credential: string): number {
  const end = credential.length - 1
  let hash = 0
  for (let back = 1; back <= HASHED_CHARACTERS; back++) {
    hash = Math.imul(hash, 61) + credential.charCodeAt(end - back)
  }
  hash = Math.imul(hash, 0x9e3779b1)
  return (hash ^ (hash >>> 15)) & 0x3fffffff || 1
}

export function hashOfEntry(entry: CacheEntry): number {
  return hashOf(entry.rest.length > HASHED_CHARACTERS ? entry.rest : entry.credential)
}
