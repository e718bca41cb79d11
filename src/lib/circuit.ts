/**
 * Sparing a server that does not cope: so many calls at once, and after failures in a row none for a
 * while, then one to see whether it is back.
 */

export interface CircuitOptions {
  /** Calls under way at the same time. */
  readonly maxCalls: number
  /** Seconds after which a call is over, whether or not anybody said so. */
  readonly callSeconds: number
}

/** A call that was let through. */
export interface Call {
  readonly startedAt: number
}

/** What a call says about the server; `'neither'` where the fault may be the question's. */
export type CallOutcome = 'good' | 'bad' | 'neither'

const FAILURES_IN_A_ROW = 5
const FIRST_PAUSE_SECONDS = 1
const LONGEST_PAUSE_SECONDS = 30

/** All times are seconds; the clock may jump either way. */
export class Circuit {
  readonly #options: CircuitOptions
  readonly #calls = new Set<Call>()
  #failures = 0
  #pausedAt = Number.NEGATIVE_INFINITY
  #resumesAt = 0

  constructor(options: CircuitOptions) {
    this.#options = options
  }

  /** Lets a call through, or says in how many whole seconds to come back. Never waits. */
  enter(now: number): Call | number {
    this.#forget(now)
    const left = this.#resumesAt - now
    // A pause longer than the longest was set by a clock that has gone back since.
    if (left > 0 && left <= LONGEST_PAUSE_SECONDS) return Math.ceil(left)
    if (this.#isFull()) return 1
    const call = { startedAt: now }
    this.#calls.add(call)
    return call
  }

  /** Ends a call. One success is enough to trust the server again. */
  leave(call: Call, outcome: CallOutcome, now: number): void {
    this.#calls.delete(call)
    if (outcome === 'neither') return
    if (outcome === 'good') {
      this.#failures = 0
      this.#resumesAt = 0
      return
    }
    // Many calls that began together and fail together are one piece of news.
    if (call.startedAt < this.#pausedAt && this.#pausedAt <= now) return
    this.#failures += 1
    if (this.#failures < FAILURES_IN_A_ROW) return
    this.#pausedAt = now
    this.#resumesAt = now + pauseAfter(this.#failures - FAILURES_IN_A_ROW)
  }

  /** While the server is on trial, one call at a time decides. */
  #isFull(): boolean {
    if (this.#calls.size >= this.#options.maxCalls) return true
    if (this.#failures < FAILURES_IN_A_ROW) return false
    return [...this.#calls].some((call) => call.startedAt >= this.#resumesAt)
  }

  /** On Workers a call whose request was cancelled never ends, so its time ends it. */
  #forget(now: number): void {
    for (const call of this.#calls) {
      const age = now - call.startedAt
      if (age < 0 || age > this.#options.callSeconds) this.#calls.delete(call)
    }
  }
}

function pauseAfter(furtherFailures: number): number {
  return Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** furtherFailures)
}
