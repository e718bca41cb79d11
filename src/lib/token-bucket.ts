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

  /** Takes one token if there is one; never waits. `now` is in seconds; an earlier time than before adds nothing. */
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

  /** Arrivals may come out of order: time that was counted once is not counted again. */
  #fill(now: number): void {
    if (now <= this.#filledAt) return
    const added = (now - this.#filledAt) / this.#secondsPerToken
    this.#tokens = Math.min(this.#size, this.#tokens + added)
    this.#filledAt = now
  }
}
