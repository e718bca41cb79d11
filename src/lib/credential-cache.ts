/**
 * Remembers what was verified, by the whole credential as it was presented. An MCP client sends the
 * same token on every request, so this is the hot path: no digest, no `Map` (hashing a fresh string
 * of a thousand characters costs more than all the rest), one comparison of the whole text.
 *
 * It only stores. What must still be true before a verdict is used again is the caller's to ask.
 */

export interface CacheBounds {
  readonly maxEntries: number
  readonly maxBytes: number
}

/** One remembered verdict. */
export interface CacheEntry<Value> {
  readonly credential: string
  readonly value: Value
  readonly hash: number
  readonly bytes: number
  readonly holding: Holding
  /** Asked for since the last sweep passed by. */
  used: boolean
  /** Of the same bucket. */
  next: CacheEntry<Value> | undefined
  /** Where the sweep meets it. */
  place: number
}

/** Whose entries these are: nobody may push out everybody else. */
export interface Principal {
  readonly issuer: string
  readonly subject: string
}

interface Holding extends Principal {
  count: number
}

/** The share of all entries that one principal may hold, and the least it may. */
const PRINCIPAL_SHARE = 0.05
const LEAST_PER_PRINCIPAL = 16
const FIRST_BUCKETS = 32
/** What an entry takes beside its credential, in bytes: what it always takes, ... */
const OVERHEAD_BYTES = 560
/** ... and what for each character that is parsed, of header and claims. Both as measured. */
const BYTES_PER_PARSED = 0.7

export class VerifiedCache<Value> {
  readonly #bounds: CacheBounds
  /** By issuer, then by subject: both are texts that claims hold anyway. */
  readonly #holdings = new Map<string, Map<string, Holding>>()
  /** Everything there is, in no order: what the sweep goes round. */
  readonly #entries: CacheEntry<Value>[] = []
  #buckets = emptyBuckets<Value>(FIRST_BUCKETS)
  #bytes = 0
  #hand = 0

  constructor(bounds: CacheBounds) {
    this.#bounds = bounds
  }

  get size(): number {
    return this.#entries.length
  }

  find(credential: string): CacheEntry<Value> | undefined {
    const hash = hashOf(credential)
    const buckets = this.#buckets
    let entry = buckets[hash & (buckets.length - 1)]
    while (entry !== undefined && (entry.hash !== hash || entry.credential !== credential)) {
      entry = entry.next
    }
    if (entry !== undefined) entry.used = true
    return entry
  }

  /** Keeps a verdict, at the expense of the same principal's others or of what nobody asked for. */
  add(credential: string, value: Value, principal: Principal): void {
    const known = this.find(credential)
    if (known !== undefined) this.remove(known)
    const bytes = bytesOf(credential)
    if (bytes > this.#bounds.maxBytes || this.#bounds.maxEntries < 1) return
    const hash = hashOf(credential)
    const holding = this.#holdingOf(principal)
    this.#makeRoom(holding, bytes, hash)
    const place = this.#entries.length
    const entry = { credential, value, hash, bytes, holding, used: false, next: undefined, place }
    this.#entries.push(entry)
    if (this.#entries.length > this.#buckets.length) this.#grow()
    else this.#link(entry)
    this.#hold(holding)
    this.#bytes += bytes
  }

  remove(entry: CacheEntry<Value>): void {
    if (this.#entries[entry.place] !== entry) return
    this.#unlink(entry)
    const last = this.#entries.pop()
    if (last !== undefined && last !== entry) {
      last.place = entry.place
      this.#entries[entry.place] = last
    }
    this.#release(entry.holding)
    this.#bytes -= entry.bytes
  }

  #makeRoom(holding: Holding, bytes: number, hash: number): void {
    const { maxEntries, maxBytes } = this.#bounds
    const share = Math.max(LEAST_PER_PRINCIPAL, maxEntries * PRINCIPAL_SHARE)
    if (holding.count >= share) this.#evict((entry) => entry.holding === holding)
    while (
      this.#entries.length > 0 &&
      (this.#entries.length >= maxEntries || this.#bytes + bytes > maxBytes)
    ) {
      // The sweep jumps over a few at random, or tokens that come in turn, a few more than there is
      // room for, would all miss.
      this.#hand += hash & 7
      this.#evict(isIdle)
    }
  }

  /** Removes the next that may go, round and round. */
  #evict(mayGo: (entry: CacheEntry<Value>) => boolean): void {
    for (;;) {
      this.#hand = (this.#hand + 1) % this.#entries.length
      const entry = this.#entries[this.#hand]
      if (entry === undefined || !mayGo(entry)) continue
      this.remove(entry)
      return
    }
  }

  #holdingOf({ issuer, subject }: Principal): Holding {
    return this.#holdings.get(issuer)?.get(subject) ?? { issuer, subject, count: 0 }
  }

  #hold(holding: Holding): void {
    holding.count += 1
    const subjects = this.#holdings.get(holding.issuer) ?? new Map<string, Holding>()
    this.#holdings.set(holding.issuer, subjects.set(holding.subject, holding))
  }

  #release(holding: Holding): void {
    holding.count -= 1
    if (holding.count > 0) return
    const subjects = this.#holdings.get(holding.issuer)
    subjects?.delete(holding.subject)
    if (subjects?.size === 0) this.#holdings.delete(holding.issuer)
  }

  #link(entry: CacheEntry<Value>): void {
    const bucket = entry.hash & (this.#buckets.length - 1)
    entry.next = this.#buckets[bucket]
    this.#buckets[bucket] = entry
  }

  #unlink(entry: CacheEntry<Value>): void {
    const bucket = entry.hash & (this.#buckets.length - 1)
    let other = this.#buckets[bucket]
    if (other === entry) this.#buckets[bucket] = entry.next
    while (other !== undefined && other.next !== entry) other = other.next
    if (other !== undefined) other.next = entry.next
  }

  #grow(): void {
    this.#buckets = emptyBuckets(this.#buckets.length * 2)
    for (const entry of this.#entries) this.#link(entry)
  }
}

/** Second chance: what was asked for since the sweep last passed stays for one more round. */
function isIdle(entry: CacheEntry<unknown>): boolean {
  const { used } = entry
  entry.used = false
  return !used
}

/**
 * An index, not a fingerprint: the last characters of a JWT are its signature's and therefore as
 * good as random, and the whole text is compared afterwards. Mixed, because a signature's last
 * character has unused bits.
 */
function hashOf(credential: string): number {
  const end = credential.length - 1
  let hash = end
  for (let back = 1; back <= 8; back++) {
    hash = Math.imul(hash ^ credential.charCodeAt(end - back), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return hash & 0x7fffffff
}

function bytesOf(credential: string): number {
  return credential.length + OVERHEAD_BYTES + BYTES_PER_PARSED * credential.lastIndexOf('.')
}

/** As many as a power of two, so that a bucket is a few bits of a hash. */
function emptyBuckets<Value>(count: number): (CacheEntry<Value> | undefined)[] {
  return new Array<CacheEntry<Value> | undefined>(count).fill(undefined)
}
