/**
 * Circuit breaker: limits concurrent calls to a server, stops calling after consecutive failures, then
 * probes with one call at a time.
 *
 * A proven call is one like another that succeeded lately. Proven calls have a limit of their own and are
 * never stopped, so that no number of failing calls blocks them.
 */

import { Backoff } from './backoff.ts'
import { fail, type Result, succeed } from './result.ts'

interface CircuitBreakerOptions {
  /** The most concurrent calls, counted separately for proven calls and for all others. */
  readonly maxCalls: number
  /** A call counts as ended after so many seconds, even if nothing ended it. */
  readonly callSeconds: number
}

/** A call that was admitted. */
export interface Call {
  readonly startedAt: number
  readonly isProven: boolean
}

/** `success`: the server responded, whatever it responded. */
type CallOutcome = 'success' | 'failure'

const FAILURES_IN_A_ROW = 5
const PAUSE = { firstSeconds: 1, longestSeconds: 30 }

/** All times are seconds; the clock may jump either way. */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions
  readonly #calls = new Set<Call>()
  readonly #provenCalls = new Set<Call>()
  readonly #pause = new Backoff(PAUSE)
  #failures = 0

  constructor(options: CircuitBreakerOptions) {
    this.#options = options
  }

  /**
   * Admits a call, or fails with the whole seconds after which to try again. Never waits.
   *
   * @param isProven Whether a call like it succeeded lately.
   */
  start(now: number, isProven = false): Result<Call, number> {
    const calls = this.#callsLike(isProven)
    this.#removeExpired(calls, now)
    if (!isProven) {
      const left = this.#pause.secondsLeft(now)
      if (left > 0) return fail(Math.ceil(left))
      if (this.#isProbing()) return fail(1)
    }
    if (calls.size >= this.#options.maxCalls) return fail(1)
    const call = { startedAt: now, isProven }
    calls.add(call)
    return succeed(call)
  }

  /** Ends a call. One success closes the circuit. The failure of a proven call changes nothing. */
  end(call: Call, outcome: CallOutcome, now: number): void {
    this.#callsLike(call.isProven).delete(call)
    if (outcome === 'success') {
      this.#failures = 0
      this.#pause.reset()
      return
    }
    if (call.isProven) return
    if (this.#pause.covers(call.startedAt, now)) return
    this.#failures += 1
    if (this.#failures < FAILURES_IN_A_ROW) return
    this.#pause.start(now)
  }

  #callsLike(isProven: boolean): Set<Call> {
    return isProven ? this.#provenCalls : this.#calls
  }

  /** Whether a call is running that started after the pause: its outcome decides what comes next. */
  #isProbing(): boolean {
    if (this.#failures < FAILURES_IN_A_ROW) return false
    return [...this.#calls].some((call) => call.startedAt >= this.#pause.endsAt)
  }

  /** On Workers, a call whose request was cancelled is never ended. */
  #removeExpired(calls: Set<Call>, now: number): void {
    for (const call of calls) {
      const age = now - call.startedAt
      if (age < 0 || age > this.#options.callSeconds) calls.delete(call)
    }
  }
}
