/** A bounded map that limits the sizes of its values, too. */

import { BoundedMap } from './bounded-map.ts'

interface SizedMapOptions {
  readonly maxEntries: number
  /** The most that the sizes of all values may add up to. */
  readonly maxSize: number
}

/** As {@link BoundedMap}. A new value drops as many entries as its size needs. */
export class SizedMap<Value extends { readonly size: number }> extends BoundedMap<Value> {
  readonly #maxSize: number
  #totalSize = 0

  constructor({ maxEntries, maxSize }: SizedMapOptions) {
    super({ maxEntries })
    this.#maxSize = maxSize
  }

  /** A value that is larger than `maxSize` is not stored, and its predecessor is removed. */
  override set(key: string, value: Value): this {
    this.delete(key)
    if (value.size > this.#maxSize) return this
    this.#totalSize += value.size
    super.set(key, value)
    for (const oldest of this.keys()) {
      if (this.#totalSize <= this.#maxSize) break
      this.delete(oldest)
    }
    return this
  }

  override delete(key: string): boolean {
    this.#totalSize -= this.get(key)?.size ?? 0
    return super.delete(key)
  }

  override clear(): void {
    this.#totalSize = 0
    super.clear()
  }
}
