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
