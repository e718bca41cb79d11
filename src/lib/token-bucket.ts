/**
 * Token bucket: a limit that allows bursts. It begins with `size` tokens; one is added every
 * `secondsPerToken` seconds, up to `size`.
 */
export class TokenBucket {
  readonly #size: number
  readonly #secondsPerToken: number
  /** As of `#filledAt`. */
  #tokens: number
  #filledAt = 0

  constructor(size: number, secondsPerToken: number) {
    this.#size = size
    this.#secondsPerToken = secondsPerToken
    this.#tokens = size
  }

  /** Takes one token if there is one; never waits. `now` is in seconds; the clock may jump either way. */
  take(now: number): boolean {
    this.#fill(now)
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }

  /** Whole seconds until a token can be taken; at least one. */
  secondsUntilNext(now: number): number {
    this.#fill(now)
    return Math.max(1, Math.ceil((1 - this.#tokens) * this.#secondsPerToken))
  }

  #fill(now: number): void {
    const added = (now - this.#filledAt) / this.#secondsPerToken
    // Arrivals may come out of order: time that was counted once is not counted again. An arrival that is earlier by
    // more than the time of all tokens means that the clock has gone back.
    if (added <= 0 && added >= -this.#size) return
    this.#tokens = Math.min(this.#size, this.#tokens + Math.max(0, added))
    this.#filledAt = now
  }
}
