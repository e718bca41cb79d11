/** Keys that were added lately: bounded in number and in time; the one added longest ago is dropped first. */

import { BoundedMap } from './bounded-map.ts'

interface RecentKeysOptions {
  readonly maxKeys: number
  /** How long a key stays after it was last added. */
  readonly seconds: number
}

/** All times are seconds; the clock may jump either way. */
export class RecentKeys {
  readonly #seconds: number
  readonly #addedAt: BoundedMap<number>

  constructor({ maxKeys, seconds }: RecentKeysOptions) {
    this.#seconds = seconds
    this.#addedAt = new BoundedMap({ maxEntries: maxKeys })
  }

  get isEmpty(): boolean {
    return this.#addedAt.size === 0
  }

  add(key: string, now: number): void {
    this.#addedAt.set(key, now)
  }

  /** How many more seconds the key stays; 0 for a key that is not here. */
  secondsLeft(key: string, now: number): number {
    const addedAt = this.#addedAt.get(key)
    if (addedAt === undefined) return 0
    const age = now - addedAt
    // A negative age means that the clock has gone back since.
    return age < 0 ? 0 : Math.max(0, this.#seconds - age)
  }

  delete(key: string): void {
    this.#addedAt.delete(key)
  }
}
