/** The map for everything that is stored under keys from outside. */

interface BoundedMapOptions<Value> {
  readonly maxEntries: number
  /** The most that the sizes of all values may add up to. Without it, sizes do not count. */
  readonly maxSize?: number
  readonly sizeOf?: (value: Value) => number
}

/** A map of text to values. When it is full, the entry that was set longest ago is dropped. */
export class BoundedMap<Value> {
  readonly #maxEntries: number
  readonly #maxSize: number
  readonly #sizeOf: (value: Value) => number
  /** In the order in which they were set. */
  readonly #values = new Map<string, Value>()
  #totalSize = 0

  constructor({ maxEntries, maxSize = 0, sizeOf = noSize }: BoundedMapOptions<Value>) {
    this.#maxEntries = maxEntries
    this.#maxSize = maxSize
    this.#sizeOf = sizeOf
  }

  get size(): number {
    return this.#values.size
  }

  /** In the order in which they were set. Entries may be deleted on the way. */
  keys(): Iterable<string> {
    return this.#values.keys()
  }

  /** In the order in which they were set. */
  values(): Value[] {
    return [...this.#values.values()]
  }

  get(key: string): Value | undefined {
    return this.#values.get(key)
  }

  /**
   * Stores a value as the newest entry, also under a key that is there already: a caller that sets a
   * value again whenever it is used turns "set longest ago" into "used longest ago". A value that is
   * larger than `maxSize` is not stored.
   */
  set(key: string, value: Value): void {
    this.delete(key)
    const size = this.#sizeOf(value)
    if (size > this.#maxSize) return
    this.#values.set(key, value)
    this.#totalSize += size
    if (!this.#isTooLarge()) return
    for (const oldest of this.#values.keys()) {
      this.delete(oldest)
      if (!this.#isTooLarge()) return
    }
  }

  delete(key: string): void {
    const value = this.#values.get(key)
    if (value === undefined) return
    this.#totalSize -= this.#sizeOf(value)
    this.#values.delete(key)
  }

  #isTooLarge(): boolean {
    return this.#values.size > this.#maxEntries || this.#totalSize > this.#maxSize
  }
}

function noSize(): number {
  return 0
}
