/** Keys that were added lately: bounded in number and in time, the oldest is dropped first. */

export interface RecentKeysOptions {
  readonly maxKeys: number
  /** How long a key stays after it was last added. */
  readonly seconds: number
}

/** All times are seconds; the clock may jump either way. */
export class RecentKeys {
  readonly #options: RecentKeysOptions
  readonly #addedAt = new Map<string, number>()

  constructor(options: RecentKeysOptions) {
    this.#options = options
  }

  get isEmpty(): boolean {
    return this.#addedAt.size === 0
  }

  add(key: string, now: number): void {
    this.#addedAt.delete(key)
    this.#addedAt.set(key, now)
    if (this.#addedAt.size <= this.#options.maxKeys) return
    for (const oldest of this.#addedAt.keys()) {
      this.#addedAt.delete(oldest)
      return
    }
  }

  /** How many more seconds the key stays; 0 for a key that is not here. */
  secondsLeft(key: string, now: number): number {
    const addedAt = this.#addedAt.get(key)
    if (addedAt === undefined) return 0
    const age = now - addedAt
    // A key from the future was added by a clock that has gone back since.
    return age < 0 ? 0 : Math.max(0, this.#options.seconds - age)
  }

  delete(key: string): void {
    this.#addedAt.delete(key)
  }
}
