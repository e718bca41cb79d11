/** Finds the entries of a cache by their credential: a table with open addressing. */

import { type CacheEntry, hashOf } from './cache-entry.ts'
import { TextStore } from './text-store.ts'

const FIRST_SLOTS = 32
/** The part of the slots that entries may take. */
const MAX_LOAD = 0.75

export class EntryTable {
  readonly #texts = new TextStore()
  /**
   * Their number is a power of two. The hashes are apart from the entries, so that a search touches the memory of no
   * other entry. 0: the slot is free.
   */
  #hashes = new Int32Array(FIRST_SLOTS)
  #entries = emptySlots(FIRST_SLOTS)
  #size = 0

  get size(): number {
    return this.#size
  }

  get slots(): number {
    return this.#entries.length
  }

  /** The entry in a slot, by a number of which the low bits count. */
  at(slot: number): CacheEntry | undefined {
    return this.#entries[slot & (this.#entries.length - 1)]
  }

  find(credential: string): CacheEntry | undefined {
    const hashes = this.#hashes
    const mask = hashes.length - 1
    const hash = hashOf(credential)
    for (let slot = hash & mask; hashes[slot] !== 0; slot = (slot + 1) & mask) {
      if (hashes[slot] !== hash) continue
      const entry = this.#entries[slot]
      if (entry !== undefined && this.#isEntryOf(entry, credential)) return entry
    }
    return undefined
  }

  /**
   * @param credential Is in the table no more than once.
   * @returns Whether the entry was added: a credential that is not ASCII is not stored.
   */
  add(credential: string, entry: CacheEntry): boolean {
    const place = this.#texts.add(credential.slice(entry.group.head.length))
    if (place === undefined) return false
    entry.place = place
    this.#size += 1
    if (this.#size > this.#hashes.length * MAX_LOAD) this.#grow()
    this.#put(entry)
    return true
  }

  /** @returns Whether the entry was in the table. */
  remove(entry: CacheEntry): boolean {
    const slot = this.#slotOf(entry)
    if (slot === undefined) return false
    this.#free(slot)
    this.#texts.remove(entry.place)
    this.#size -= 1
    return true
  }

  /** Compares the whole text. `===` compares memory; `startsWith()` compares one character at a time on V8. */
  #isEntryOf({ whole, group, length, place }: CacheEntry, credential: string): boolean {
    if (whole !== undefined) return whole === credential
    const end = group.head.length
    return (
      this.#texts.holds(place, length, credential.slice(end)) &&
      credential.slice(0, end) === group.head
    )
  }

  #put(entry: CacheEntry): void {
    const mask = this.#hashes.length - 1
    let slot = entry.hash & mask
    while (this.#hashes[slot] !== 0) slot = (slot + 1) & mask
    this.#hashes[slot] = entry.hash
    this.#entries[slot] = entry
  }

  #slotOf(entry: CacheEntry): number | undefined {
    const mask = this.#hashes.length - 1
    for (let slot = entry.hash & mask; this.#hashes[slot] !== 0; slot = (slot + 1) & mask) {
      if (this.#entries[slot] === entry) return slot
    }
    return undefined
  }

  /** Frees a slot, and closes the gap, so that a search ends at the first free slot. */
  #free(slot: number): void {
    const [hashes, entries] = [this.#hashes, this.#entries]
    const mask = hashes.length - 1
    let gap = slot
    for (let next = (gap + 1) & mask; hashes[next] !== 0; next = (next + 1) & mask) {
      const hash = hashes[next] ?? 0
      // An entry may stand at its own slot or behind it, but not before it.
      if (((next - hash) & mask) < ((next - gap) & mask)) continue
      hashes[gap] = hash
      entries[gap] = entries[next]
      gap = next
    }
    hashes[gap] = 0
    entries[gap] = undefined
  }

  #grow(): void {
    const former = this.#entries
    this.#hashes = new Int32Array(former.length * 2)
    this.#entries = emptySlots(former.length * 2)
    for (const entry of former) if (entry !== undefined) this.#put(entry)
  }
}

function emptySlots(count: number): (CacheEntry | undefined)[] {
  return new Array<CacheEntry | undefined>(count).fill(undefined)
}
