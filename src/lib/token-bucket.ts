/** A budget that refills with time: so many at once, and one more every so often. */
export class TokenBucket {
  readonly #size: number
  readonly #secondsPerDrop: number
  #level: number
  #at = 0

  constructor(size: number, secondsPerDrop: number) {
    this.#size = size
    this.#secondsPerDrop = secondsPerDrop
    this.#level = size
  }

  /** Takes one if there is one; never waits. `now` is in seconds and may jump either way. */
  take(now: number): boolean {
    this.#fill(now)
    if (this.#level < 1) return false
    this.#level -= 1
    return true
  }

  /** Whole seconds until there is one to take; at least one. */
  secondsUntilNext(now: number): number {
    this.#fill(now)
    return Math.max(1, Math.ceil((1 - this.#level) * this.#secondsPerDrop))
  }

  #fill(now: number): void {
    const gained = Math.max(0, now - this.#at) / this.#secondsPerDrop
    this.#level = Math.min(this.#size, this.#level + gained)
    this.#at = now
  }
}
