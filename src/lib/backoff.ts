/** Exponential backoff: the pause after failures, which doubles with each failure in a row. */

interface BackoffOptions {
  readonly firstSeconds: number
  readonly longestSeconds: number
}

/** All times are seconds; the clock may jump either way. */
export class Backoff {
  readonly #options: BackoffOptions
  #pauses = 0
  #startedAt = -1
  #endsAt = 0

  constructor(options: BackoffOptions) {
    this.#options = options
  }

  /** When the last pause ends or has ended. */
  get endsAt(): number {
    return this.#endsAt
  }

  /** Starts the next pause. `longestSeconds` may shorten it below the limit of the options. */
  start(now: number, longestSeconds: number = this.#options.longestSeconds): void {
    const seconds = this.#options.firstSeconds * 2 ** this.#pauses
    this.#startedAt = now
    this.#endsAt = now + Math.min(longestSeconds, seconds)
    this.#pauses += 1
  }

  /**
   * Whether a failure belongs to the last pause: its work began at `since`, before that pause. No work begins in a
   * pause, so such failures have the reason of that pause, and count once.
   */
  covers(since: number, now: number): boolean {
    return since <= this.#startedAt && this.#startedAt <= now
  }

  /** Ends the pause; the next one is the first again. */
  reset(): void {
    this.#pauses = 0
    this.#endsAt = 0
  }

  /** Seconds until the pause ends; 0 without one. */
  secondsLeft(now: number): number {
    const left = this.#endsAt - now
    // More than the longest pause means that the clock has gone back since.
    return left > 0 && left <= this.#options.longestSeconds ? left : 0
  }
}
