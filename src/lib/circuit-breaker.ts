/**
 * Circuit breaker: limits concurrent calls to a server, stops calling after consecutive failures, then
 * probes with one call at a time. Calls that are known to succeed have a limit of their own and are
 * never stopped, so that no number of failing calls keeps them out.
 */

export interface CircuitOptions {
  /** Concurrent calls, counted separately for calls that are known to succeed and for all others. */
  readonly maxCalls: number
  /** Seconds after which a call counts as over, whether or not it was ended. */
  readonly callSeconds: number
}

/** A call that was admitted. */
export interface Call {
  readonly startedAt: number
  /** Whether a call like it succeeded lately. */
  readonly isProven: boolean
}

/** `'good'`: the server responded; what it responded does not matter here. */
export type CallOutcome = 'good' | 'bad'

const FAILURES_IN_A_ROW = 5
const FIRST_PAUSE_SECONDS = 1
const LONGEST_PAUSE_SECONDS = 30

/** All times are seconds; the clock may jump either way. */
export class Circuit {
  readonly #options: CircuitOptions
  readonly #calls = new Set<Call>()
  readonly #provenCalls = new Set<Call>()
  #failures = 0
  #pausedAt = Number.NEGATIVE_INFINITY
  #resumesAt = 0

  constructor(options: CircuitOptions) {
    this.#options = options
  }

  /**
   * Admits a call, or returns in how many whole seconds to come back. Never waits.
   *
   * @param isProven Whether a call like it succeeded lately: a pause does not stop it.
   */
  enter(now: number, isProven = false): Call | number {
    const calls = isProven ? this.#provenCalls : this.#calls
    this.#forget(calls, now)
    if (!isProven) {
      const left = this.#resumesAt - now
      // A pause longer than the longest was set by a clock that has gone back since.
      if (left > 0 && left <= LONGEST_PAUSE_SECONDS) return Math.ceil(left)
      if (this.#isProbing()) return 1
    }
    if (calls.size >= this.#options.maxCalls) return 1
    const call = { startedAt: now, isProven }
    calls.add(call)
    return call
  }

  /** Ends a call. One success closes the circuit; the failure of a proven call changes nothing. */
  leave(call: Call, outcome: CallOutcome, now: number): void {
    const calls = call.isProven ? this.#provenCalls : this.#calls
    calls.delete(call)
    if (outcome === 'good') {
      this.#failures = 0
      this.#resumesAt = 0
      return
    }
    if (call.isProven) return
    // Many calls that began together and fail together are one piece of news.
    if (call.startedAt < this.#pausedAt && this.#pausedAt <= now) return
    this.#failures += 1
    if (this.#failures < FAILURES_IN_A_ROW) return
    this.#pausedAt = now
    this.#resumesAt = now + pauseAfter(this.#failures - FAILURES_IN_A_ROW)
  }

  /** After a pause one call at a time decides. */
  #isProbing(): boolean {
    if (this.#failures < FAILURES_IN_A_ROW) return false
    return [...this.#calls].some((call) => call.startedAt >= this.#resumesAt)
  }

  /** On Workers a call whose request was cancelled never ends, so its time ends it. */
  #forget(calls: Set<Call>, now: number): void {
    for (const call of calls) {
      const age = now - call.startedAt
      if (age < 0 || age > this.#options.callSeconds) calls.delete(call)
    }
  }
}

function pauseAfter(furtherFailures: number): number {
  return Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** furtherFailures)
}
