/**
 * Stores the result of verifying a credential under the whole credential. An MCP client sends the same
 * token on every request, so this is the hot path: no digest and no `Map`, because hashing a new string
 * of a thousand characters costs more than everything else; only one comparison of the whole text.
 *
 * Does not check whether a stored result is still valid. The caller does.
 */

export interface CacheBounds {
  readonly maxEntries: number
  readonly maxBytes: number
}

/** One stored credential. */
export interface CacheEntry<Value> {
  readonly credential: string
  readonly value: Value
  readonly hash: number
  readonly bytes: number
  readonly share: Share
  /** Found since the eviction last passed it. */
  used: boolean
  /** The next entry of the same bucket. */
  next: CacheEntry<Value> | undefined
  /** Its index in the list of all entries. */
  index: number
}

/** The owner of entries. One principal cannot displace the entries of all others. */
export interface Principal {
  readonly issuer: string
  readonly subject: string
}

/** How many entries a principal has. */
interface Share extends Principal {
  count: number
}

/** The share of all entries that one principal may have, but always at least 16. */
const PRINCIPAL_SHARE = 0.05
const MIN_PER_PRINCIPAL = 16
const FIRST_BUCKETS = 32
/** Bytes of an entry besides its credential, as measured. */
const OVERHEAD_BYTES = 560
/** Bytes of an entry for each character of header and claims, which are kept parsed, as measured. */
const BYTES_PER_PARSED = 0.7

export class CredentialCache<Value> {
  readonly #bounds: CacheBounds
  /** By issuer, then by subject: both strings are in memory anyway, as claims. */
  readonly #shares = new Map<string, Map<string, Share>>()
  /** All entries in no particular order. The eviction goes round this list. */
  readonly #entries: CacheEntry<Value>[] = []
  #buckets = emptyBuckets<Value>(FIRST_BUCKETS)
  #bytes = 0
  /** The index in `#entries` that the eviction has reached. */
  #position = 0

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

  /** Stores a value. When full, evicts entries of the same principal or entries not found lately. */
  add(credential: string, value: Value, principal: Principal): void {
    const known = this.find(credential)
    if (known !== undefined) this.remove(known)
    const bytes = bytesOf(credential)
    if (bytes > this.#bounds.maxBytes || this.#bounds.maxEntries < 1) return
    const hash = hashOf(credential)
    const share = this.#shareOf(principal)
    this.#evictFor(share, bytes, hash)
    const index = this.#entries.length
    const entry = { credential, value, hash, bytes, share, used: false, next: undefined, index }
    this.#entries.push(entry)
    if (this.#entries.length > this.#buckets.length) this.#grow()
    else this.#link(entry)
    this.#increment(share)
    this.#bytes += bytes
  }

  remove(entry: CacheEntry<Value>): void {
    if (this.#entries[entry.index] !== entry) return
    this.#unlink(entry)
    const last = this.#entries.pop()
    if (last !== undefined && last !== entry) {
      last.index = entry.index
      this.#entries[entry.index] = last
    }
    this.#decrement(entry.share)
    this.#bytes -= entry.bytes
  }

  #evictFor(share: Share, bytes: number, hash: number): void {
    const { maxEntries, maxBytes } = this.#bounds
    const maxShare = Math.max(MIN_PER_PRINCIPAL, maxEntries * PRINCIPAL_SHARE)
    if (share.count >= maxShare) this.#evict((entry) => entry.share === share)
    while (
      this.#entries.length > 0 &&
      (this.#entries.length >= maxEntries || this.#bytes + bytes > maxBytes)
    ) {
      // Skips up to seven entries at random. Otherwise a few more tokens than fit, used in turn, would
      // evict each other and never be found.
      this.#position += hash & 7
      this.#evict(isIdle)
    }
  }

  /** Removes the next entry that is a candidate. */
  #evict(isCandidate: (entry: CacheEntry<Value>) => boolean): void {
    for (;;) {
      this.#position = (this.#position + 1) % this.#entries.length
      const entry = this.#entries[this.#position]
      if (entry === undefined || !isCandidate(entry)) continue
      this.remove(entry)
      return
    }
  }

  #shareOf({ issuer, subject }: Principal): Share {
    return this.#shares.get(issuer)?.get(subject) ?? { issuer, subject, count: 0 }
  }

  #increment(share: Share): void {
    share.count += 1
    const subjects = this.#shares.get(share.issuer) ?? new Map<string, Share>()
    this.#shares.set(share.issuer, subjects.set(share.subject, share))
  }

  #decrement(share: Share): void {
    share.count -= 1
    if (share.count > 0) return
    const subjects = this.#shares.get(share.issuer)
    subjects?.delete(share.subject)
    if (subjects?.size === 0) this.#shares.delete(share.issuer)
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

/** Second chance: an entry that was found since the eviction last passed it stays for one more round. */
function isIdle(entry: CacheEntry<unknown>): boolean {
  const { used } = entry
  entry.used = false
  return !used
}

/**
 * Selects a bucket; the whole text is compared afterwards. The last characters of a JWT belong to its
 * signature and are therefore random. They are mixed because the last one has unused bits.
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

/** `count` is a power of two, so that some bits of the hash select the bucket. */
function emptyBuckets<Value>(count: number): (CacheEntry<Value> | undefined)[] {
  return new Array<CacheEntry<Value> | undefined>(count).fill(undefined)
}
