/** The map for everything that is stored under keys from outside. */

interface BoundedMapOptions {
  readonly maxEntries: number
}

/** A map of text to values. When it is full, the entry that was set longest ago is dropped. */
export class BoundedMap<Value> extends Map<string, Value> {
  readonly #maxEntries: number

  constructor({ maxEntries }: BoundedMapOptions) {
    super()
    this.#maxEntries = maxEntries
  }

  /**
   * Stores a value as the newest entry, also under a key that is there already: a caller that sets a
   * value again whenever it is used turns "set longest ago" into "used longest ago".
   */
  override set(key: string, value: Value): this {
    this.delete(key)
    super.set(key, value)
    if (this.size > this.#maxEntries) this.delete(this.keys().next().value as string)
    return this
  }
}
