/**
 * Stores the result of verifying a credential under the whole credential. An MCP client sends the same
 * token on every request, so this is the hot path: one comparison of the whole text. There is no digest
 * and no `Map`, because hashing a new string of a thousand characters costs more than everything else.
 *
 * When it is full, a newcomer takes the place of an entry only if it was away for less time than that
 * entry has been idle. A few more credentials than fit, used in turn, then do not evict each other, and
 * credentials that are used once displace nothing.
 *
 * Does not check whether a stored result is still valid. The caller does.
 */

import { AbsenceLog } from './absence-log.ts'
import { type CacheEntry, hashOf } from './cache-entry.ts'
import { EntryTable } from './entry-table.ts'
import { textBytes } from './held-bytes.ts'
import { hashOfPrincipal, type Principal, PrincipalShares } from './principal-shares.ts'

export interface CacheBounds {
  readonly maxEntries: number
  readonly maxBytes: number
  /** Starts hashes and the choice of samples. Called when the first credential is added. */
  readonly seed?: () => number
}

/** A credential that may get a place. */
interface Newcomer {
  /** The hash of its principal. */
  readonly principal: number
  readonly hash: number
  readonly bytes: number
}

/** The share of both bounds that one principal may have, but always at least 16 entries. */
const PRINCIPAL_SHARE = 0.05
const MIN_PER_PRINCIPAL = 16
/** How many entries are compared for the one that has been idle longest. */
const SAMPLES = 8
/** Uses are counted in 30 bits, which every engine stores in place. */
const USE_MASK = 0x3fffffff
/** Entries that were used twice within as many uses are hot: they are stored for speed, not for size. */
const MAX_HOT = 1024
/** Bytes of a hot entry besides its credential. */
const HOT_BYTES = 160

export class CredentialCache<Entry extends CacheEntry> {
  readonly #bounds: CacheBounds
  readonly #shares = new PrincipalShares()
  readonly #table = new EntryTable()
  #bytes = 0
  /** Counts uses: the unit in which entries are idle and credentials are away. */
  #uses = 0
  /** The slot that the search for an entry of one principal has reached. */
  #position = 0
  /** The latest entries that became hot, in a ring. */
  readonly #hot: CacheEntry[] = []
  #hotPosition = 0
  #absences: AbsenceLog | undefined
  #seed = 0
  #random = 0

  constructor(bounds: CacheBounds) {
    this.#bounds = bounds
  }

  get size(): number {
    return this.#table.size
  }

  get bytes(): number {
    return this.#bytes
  }

  find(credential: string): Entry | undefined {
    const entry = this.#table.find(credential)
    if (entry === undefined) return undefined
    const uses = (this.#uses + 1) & USE_MASK
    this.#uses = uses
    if (entry.whole === undefined && ((uses - entry.usedAt) & USE_MASK) < MAX_HOT) {
      this.#heat(entry, credential)
    }
    entry.usedAt = uses
    return entry as Entry
  }

  /**
   * Whether a new credential gets a place. Called before its entry is built, because building it costs more than this
   * check, and most new credentials get no place if many more are in use than fit. Makes room for an entry of
   * average size, so that {@link CredentialCache.add} seldom has to.
   *
   * @param now On the clock of `validUntil`.
   */
  admits(credential: string, principal: Principal, now: number): boolean {
    if (this.#table.size === 0) return true
    const bytes = this.#bytes / this.#table.size
    if (this.#hasRoomFor(bytes)) return true
    if (this.find(credential) !== undefined) return true
    const hash = hashOfPrincipal(principal, this.#seed)
    // The newcomer takes the place of another entry of its principal.
    if (this.#shares.of(hash) + 1 > this.#shareOf(1)) return true
    this.#uses = (this.#uses + 1) & USE_MASK
    return this.#makeRoom({ principal: hash, hash: hashOf(credential), bytes }, now)
  }

  /**
   * Stores an entry if there is a place for it, or if it may take one: from another entry of the same
   * principal, whose share is used up, or from one that is used less often.
   *
   * @param now On the clock of `validUntil`.
   */
  add(credential: string, entry: Entry, now: number): void {
    const { maxEntries, maxBytes, seed = randomSeed } = this.#bounds
    if (this.#seed === 0) this.#random = this.#seed = seed() || 1
    const known = this.find(credential)
    if (known !== undefined) this.remove(known)
    if (entry.bytes > maxBytes || maxEntries < 1) return
    this.#uses = (this.#uses + 1) & USE_MASK
    entry.usedAt = this.#uses
    const principal = hashOfPrincipal(entry, this.#seed)
    this.#keepShare(entry, principal)
    const newcomer = { principal, hash: entry.hash, bytes: entry.bytes }
    if (!this.#makeRoom(newcomer, now) || !this.#table.add(credential, entry)) return
    this.#shares.change(principal, this.#weightOf(entry))
    this.#bytes += entry.bytes
  }

  remove(entry: CacheEntry): void {
    if (!this.#table.remove(entry)) return
    this.#cool(entry)
    this.#shares.change(hashOfPrincipal(entry, this.#seed), -this.#weightOf(entry))
    this.#bytes -= entry.bytes
  }

  /** Removes other entries of a principal until the new one fits into its share. */
  #keepShare(entry: Entry, principal: number): void {
    const weight = this.#weightOf(entry)
    const share = this.#shareOf(weight)
    while (this.#shares.of(principal) + weight > share) {
      const other = this.#findOneOf(entry)
      // The count is of another principal with the same hash.
      if (other === undefined) return
      this.remove(other)
    }
  }

  #shareOf(weight: number): number {
    return Math.max(this.#bounds.maxEntries * PRINCIPAL_SHARE, MIN_PER_PRINCIPAL * weight)
  }

  /** Continues where the last search ended, so that it seldom visits the same entries of other principals again. */
  #findOneOf({ issuer, holder }: Principal): CacheEntry | undefined {
    const { slots } = this.#table
    for (let count = 0; count < slots; count++) {
      this.#position = (this.#position + 1) % slots
      const entry = this.#table.at(this.#position)
      if (entry?.holder === holder && entry.issuer === issuer) return entry
    }
    return undefined
  }

  /** What an entry counts of its principal's share: entries of average size, at least one. */
  #weightOf({ bytes }: CacheEntry): number {
    const { maxEntries, maxBytes } = this.#bounds
    return Math.max(1, Math.ceil((bytes * maxEntries) / maxBytes))
  }

  /** Whether the newcomer has a place now. If not, its absence begins. */
  #makeRoom({ principal, hash, bytes }: Newcomer, now: number): boolean {
    let away: number | undefined
    while (!this.#hasRoomFor(bytes)) {
      const absences = this.#absenceLog()
      away ??= absences.usesSince(principal, hash, this.#uses)
      const idlest = this.#sample(now)
      if (idlest.validUntil > now && away >= this.#idleTimeOf(idlest)) {
        absences.note(principal, hash, this.#uses, this.#uses)
        return false
      }
      const former = hashOfPrincipal(idlest, this.#seed)
      absences.note(former, idlest.hash, idlest.usedAt, this.#uses)
      this.remove(idlest)
    }
    return true
  }

  #hasRoomFor(bytes: number): boolean {
    const { maxEntries, maxBytes } = this.#bounds
    return this.#table.size < maxEntries && this.#bytes + bytes <= maxBytes
  }

  /** Of a few entries at random, the one that was found longest ago, or one that is not valid any more. */
  #sample(now: number): CacheEntry {
    let idlest = this.#any()
    for (let count = 1; count < SAMPLES && idlest.validUntil > now; count++) {
      const entry = this.#any()
      const isIdler = this.#idleTimeOf(entry) > this.#idleTimeOf(idlest)
      if (isIdler || entry.validUntil <= now) idlest = entry
    }
    return idlest
  }

  /** An entry at random; there is one. */
  #any(): CacheEntry {
    for (let slot = this.#draw(); ; slot++) {
      const entry = this.#table.at(slot)
      if (entry !== undefined) return entry
    }
  }

  #idleTimeOf({ usedAt }: CacheEntry): number {
    return (this.#uses - usedAt) & USE_MASK
  }

  /** Created when it is first needed: most caches are never full. */
  #absenceLog(): AbsenceLog {
    if (this.#absences === undefined || this.#absences.slots < this.#table.size) {
      this.#absences = new AbsenceLog(this.#table.size, USE_MASK)
    }
    return this.#absences
  }

  /** A random number (xorshift). */
  #draw(): number {
    this.#random ^= this.#random << 13
    this.#random ^= this.#random >>> 17
    this.#random ^= this.#random << 5
    return this.#random
  }

  #heat(entry: CacheEntry, credential: string): void {
    const { maxEntries, maxBytes } = this.#bounds
    const former = this.#hot[this.#hotPosition]
    if (former !== undefined) this.#cool(former)
    const bytes = HOT_BYTES + textBytes(credential)
    if (this.#bytes + bytes > maxBytes) return
    this.#bytes += bytes
    entry.whole = credential
    entry.warm(credential)
    this.#hot[this.#hotPosition] = entry
    this.#hotPosition = (this.#hotPosition + 1) % Math.min(MAX_HOT, maxEntries)
  }

  #cool(entry: CacheEntry): void {
    if (entry.whole === undefined) return
    this.#bytes -= HOT_BYTES + textBytes(entry.whole)
    entry.whole = undefined
    entry.cool()
  }
}

function randomSeed(): number {
  return crypto.getRandomValues(new Int32Array(1))[0] ?? 1
}
