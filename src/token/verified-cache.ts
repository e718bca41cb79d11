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
  readonly principal: Principal<Value>
  /** Asked for since the last sweep passed by. */
  used: boolean
}

/** Whose entries these are, oldest first: nobody may push out everybody else. */
interface Principal<Value> {
  readonly name: string
  readonly entries: CacheEntry<Value>[]
}

type Slot<Value> = CacheEntry<Value> | undefined

/** The share of all entries that one principal may hold, and the least it may. */
const PRINCIPAL_SHARE = 0.05
const LEAST_PER_PRINCIPAL = 16
/** With as many buckets as entries, one in three hundred finds its bucket full. */
const SLOTS_PER_BUCKET = 4
const FIRST_BUCKETS = 32
/** What an entry takes beside the credential, in bytes: mostly its claims. Measured with ten of them. */
const OVERHEAD_BYTES = 1500

export class VerifiedCache<Value> {
  readonly #bounds: CacheBounds
  readonly #principals = new Map<string, Principal<Value>>()
  #slots: Slot<Value>[] = emptySlots(FIRST_BUCKETS)
  #count = 0
  #bytes = 0
  #hand = 0

  constructor(bounds: CacheBounds) {
    this.#bounds = bounds
  }

  get size(): number {
    return this.#count
  }

  find(credential: string): CacheEntry<Value> | undefined {
    const slots = this.#slots
    const hash = hashOf(credential)
    const at = (hash & (slots.length / SLOTS_PER_BUCKET - 1)) * SLOTS_PER_BUCKET
    for (let index = at; index < at + SLOTS_PER_BUCKET; index++) {
      const entry = slots[index]
      if (entry !== undefined && entry.hash === hash && entry.credential === credential) {
        entry.used = true
        return entry
      }
    }
    return undefined
  }

  /** Keeps a verdict, at the expense of the same principal's oldest or of what nobody asked for. */
  add(credential: string, value: Value, principalName: string): void {
    const known = this.find(credential)
    if (known !== undefined) this.remove(known)
    const bytes = credential.length + OVERHEAD_BYTES
    const principal = this.#principals.get(principalName) ?? { name: principalName, entries: [] }
    const hash = hashOf(credential)
    this.#makeRoom(principal, bytes, hash)
    if (bytes > this.#bounds.maxBytes || this.#bounds.maxEntries < 1) return
    const entry = { credential, value, hash, bytes, principal, used: false }
    if (this.#count >= this.#slots.length / SLOTS_PER_BUCKET) this.#grow()
    this.#place(entry)
    principal.entries.push(entry)
    this.#principals.set(principalName, principal)
    this.#count += 1
    this.#bytes += bytes
  }

  remove(entry: CacheEntry<Value>): void {
    const index = this.#slots.indexOf(entry, this.#bucketOf(entry.hash))
    if (index >= 0) this.#slots[index] = undefined
    this.#forget(entry)
  }

  #makeRoom(principal: Principal<Value>, bytes: number, hash: number): void {
    const share = Math.max(LEAST_PER_PRINCIPAL, this.#bounds.maxEntries * PRINCIPAL_SHARE)
    const oldest = principal.entries[0]
    if (oldest !== undefined && principal.entries.length >= share) this.remove(oldest)
    while (
      this.#count > 0 &&
      (this.#count >= this.#bounds.maxEntries || this.#bytes + bytes > this.#bounds.maxBytes)
    ) {
      this.#evictNext(hash)
    }
  }

  /**
   * Second chance: what was asked for since the hand last passed stays for one more round. The hand
   * jumps over a few at random, or tokens that come in turn, a few more than there is room for, would
   * all miss.
   */
  #evictNext(random: number): void {
    this.#hand += random & 7
    for (;;) {
      this.#hand = (this.#hand + 1) % this.#slots.length
      const entry = this.#slots[this.#hand]
      if (entry === undefined) continue
      if (entry.used) {
        entry.used = false
        continue
      }
      this.#slots[this.#hand] = undefined
      this.#forget(entry)
      return
    }
  }

  #place(entry: CacheEntry<Value>): void {
    const at = this.#bucketOf(entry.hash)
    let index = at
    while (index < at + SLOTS_PER_BUCKET - 1 && this.#slots[index] !== undefined) index += 1
    const displaced = this.#slots[index]
    if (displaced !== undefined) this.#forget(displaced)
    this.#slots[index] = entry
  }

  #grow(): void {
    const entries = this.#slots.filter((entry) => entry !== undefined)
    this.#slots = emptySlots((this.#slots.length / SLOTS_PER_BUCKET) * 2)
    for (const entry of entries) this.#place(entry)
  }

  #forget(entry: CacheEntry<Value>): void {
    const { entries, name } = entry.principal
    entries.splice(entries.indexOf(entry), 1)
    if (entries.length === 0) this.#principals.delete(name)
    this.#count -= 1
    this.#bytes -= entry.bytes
  }

  #bucketOf(hash: number): number {
    return (hash & (this.#slots.length / SLOTS_PER_BUCKET - 1)) * SLOTS_PER_BUCKET
  }
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

function emptySlots<Value>(buckets: number): Slot<Value>[] {
  return new Array<Slot<Value>>(buckets * SLOTS_PER_BUCKET).fill(undefined)
}
