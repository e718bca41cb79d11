/** The entries of {@link CredentialCache}. */

import type { Principal } from './principal-shares.ts'
import { storedBytes } from './text-store.ts'

/** An entry with its places in the tables, as measured on Node. */
const ENTRY_BYTES = 208

/** The leading characters that many credentials have in common. They are stored once. */
export interface CredentialHead {
  readonly head: string
}

/** What is stored for one credential, without its text. A subclass adds the value. */
export abstract class CacheEntry implements Principal {
  abstract readonly issuer: string
  abstract readonly holder: string
  /** When it becomes invalid, on the clock of {@link CredentialCache.add}: it then gives way to any new entry. */
  abstract readonly validUntil: number

  declare readonly group: CredentialHead
  declare readonly hash: number
  /** The length of the credential without the head of its group. */
  declare readonly length: number
  /** Where the table keeps that part of the credential. */
  place = 0
  /** The whole credential, while the entry is hot. */
  whole: string | undefined = undefined
  declare readonly bytes: number
  /** The number of the use that found it last. */
  usedAt = 0

  /**
   * @param group Its head begins the credential.
   * @param valueBytes The bytes that the subclass holds.
   */
  constructor(credential: string, group: CredentialHead, valueBytes: number) {
    this.group = group
    this.hash = hashOf(credential)
    this.length = credential.length - group.head.length
    this.bytes = ENTRY_BYTES + storedBytes(this.length) + valueBytes
  }

  /** Called when the entry becomes hot: keep what is costly to build at every use. */
  abstract warm(credential: string): void

  /** Called when it is not hot any more. */
  abstract cool(): void
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
