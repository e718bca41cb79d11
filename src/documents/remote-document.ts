/**
 * One policy for every document that others serve: how long it is fresh, when it is refreshed, what
 * happens while it cannot be, and that many requests make one fetch.
 */

import { UpstreamError } from '../contract/errors.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { type Flight, type RequestBudget, within } from './request-budget.ts'

/** A document as it was fetched. All times are seconds since the epoch. */
export interface Copy<Value> {
  readonly value: Value
  /** Where it was found, if not where it was first asked for. */
  readonly url?: string | undefined
  /** When the fetch began: what the document says was true no earlier than this. */
  readonly fetchedAt: number
  readonly freshUntil: number
}

/** What a load may use, and what it must keep to. */
export interface LoadRequest<Value> {
  readonly budget: RequestBudget
  /** Copies that others share are good enough only if they were fetched since then. */
  readonly fetchedSince: number
  /** Hands over an outdated copy, to be served should the load fail. */
  readonly offer: (copy: Copy<Value>) => void
}

export interface RemoteDocumentOptions<Value> {
  readonly url: () => string
  readonly load: (request: LoadRequest<Value>) => Promise<Result<Copy<Value>, UpstreamError>>
  readonly now: () => number
  readonly timeoutMs: number
  readonly staleIfErrorSeconds: number
  /** `url` is where the copy that was fetched was found. */
  readonly tell: (
    outcome: 'fetched' | 'stale' | 'failed',
    error?: UpstreamError,
    url?: string,
  ) => void
}

type Outcome<Value> = Result<Copy<Value>, UpstreamError>

/** The last part of its fresh time in which a document is refreshed while it still serves. */
const REFRESH_AHEAD = 0.1
const FIRST_BACKOFF_SECONDS = 1
const LONGEST_BACKOFF_SECONDS = 60
/** Without a copy to serve meanwhile, requests are being refused: look again sooner. */
const LONGEST_COLD_BACKOFF_SECONDS = 15
/** A forced refresh takes a copy from others only if it is as good as new. */
const FORCED_COPY_AGE_SECONDS = 15
/** The least by which the host's clock tells two moments apart. */
const CLOCK_STEP_SECONDS = 0.001

export class RemoteDocument<Value> {
  readonly #options: RemoteDocumentOptions<Value>
  #copy: Copy<Value> | undefined
  #flight: Flight<Outcome<Value>> | undefined
  #failures = 0
  #lastError: UpstreamError | undefined
  #lastFault: { readonly fault: unknown } | undefined
  #retryAt = 0

  constructor(options: RemoteDocumentOptions<Value>) {
    this.#options = options
  }

  /**
   * The copy in use, if it may be used without waiting: fresh, or all there is while its refresh
   * fails. Sets off a refresh where one is due.
   */
  touch(now: number, budget: RequestBudget): Copy<Value> | undefined {
    const copy = this.#usable(now)
    if (copy === undefined || now < refreshTime(copy)) return copy
    if (now >= copy.freshUntil) return this.#isPausing(now) ? copy : undefined
    this.#refreshInBackground(budget, now)
    return copy
  }

  /** The copy in use or, within its stale bound, the one that a failing refresh left in use. */
  serving(now: number): Copy<Value> | undefined {
    return this.#usable(now)
  }

  /** The document: at once while it is fresh, otherwise after at most the request's budget. */
  async read(budget: RequestBudget): Promise<Outcome<Value>> {
    const now = this.#options.now()
    const ready = this.touch(now, budget)
    if (ready !== undefined) return succeed(ready)
    if (this.#isPausing(now)) return fail(this.#failure(now))
    const copy = this.#usable(now)
    const flight = this.#flightSince(now - this.#options.timeoutMs / 1000, budget)
    if (flight === undefined && copy !== undefined && this.#isUnderway(now)) return succeed(copy)
    try {
      const outcome = await this.#await(flight ?? this.#depart(budget, now, 0), budget)
      return outcome.ok ? outcome : this.#fallBack(outcome)
    } catch (fault) {
      const serving = this.#usable(this.#options.now())
      if (serving === undefined) throw fault
      return succeed(serving)
    }
  }

  /** Where the copy in use was found, or where one would be asked for. */
  get url(): string {
    return this.#copy?.url ?? this.#options.url()
  }

  /** A fetch under way that began no earlier than `since` and that this request may await. */
  join(since: number, budget: RequestBudget): Promise<Outcome<Value>> | undefined {
    const flight = this.#flightSince(since, budget)
    return flight === undefined ? undefined : this.#await(flight, budget)
  }

  /** Fetches anew although the copy is fresh, because it seems to lack something. */
  async refresh(budget: RequestBudget): Promise<Outcome<Value>> {
    const now = this.#options.now()
    if (this.#isPausing(now)) return fail(this.#failure(now))
    // A shared copy that is no younger than the own one lacks the same.
    const own = this.#copy === undefined ? 0 : this.#copy.fetchedAt + CLOCK_STEP_SECONDS
    const fetchedSince = Math.max(own, now - FORCED_COPY_AGE_SECONDS)
    return this.#await(this.#depart(budget, now, fetchedSince), budget)
  }

  /** Whole seconds until the next attempt after a failure; at least one. */
  retryAfterSeconds(now: number): number {
    return Math.max(1, Math.ceil(this.#retryAt - now))
  }

  /** A pause longer than the longest was set by a clock that has gone back since. */
  #isPausing(now: number): boolean {
    const left = this.#retryAt - now
    return left > 0 && left <= LONGEST_BACKOFF_SECONDS
  }

  #usable(now: number): Copy<Value> | undefined {
    const copy = this.#copy
    // A clock that went backwards would keep an old copy fresh for ever.
    if (copy === undefined || copy.fetchedAt > now) return undefined
    return now < copy.freshUntil + this.#options.staleIfErrorSeconds ? copy : undefined
  }

  #flightSince(since: number, budget: RequestBudget): Flight<Outcome<Value>> | undefined {
    const flight = this.#flight
    if (flight === undefined || flight.startedAt < since || !budget.mayJoin(flight))
      return undefined
    return this.#isUnderway(this.#options.now()) ? flight : undefined
  }

  /** Past its deadline a flight is dead, whatever became of its promise. */
  #isUnderway(now: number): boolean {
    const flight = this.#flight
    if (flight === undefined) return false
    const age = now - flight.startedAt
    return age >= 0 && age <= this.#options.timeoutMs / 1000
  }

  #depart(budget: RequestBudget, now: number, fetchedSince: number): Flight<Outcome<Value>> {
    const own = budget.renewed()
    const flight: Flight<Outcome<Value>> = {
      owner: budget.owner,
      startedAt: now,
      outcome: this.#load({ budget: own, fetchedSince, offer: (copy) => this.#adopt(copy) }).then(
        (outcome) => {
          if (this.#flight === flight) this.#flight = undefined
          this.#settle(outcome, now)
          return outcome
        },
        (fault: unknown) => {
          if (this.#flight === flight) this.#flight = undefined
          this.#settleFault(fault)
          throw fault
        },
      ),
    }
    this.#flight = flight
    if (budget.waitUntil !== undefined) budget.runInBackground(flight.outcome)
    return flight
  }

  async #load(request: LoadRequest<Value>): Promise<Outcome<Value>> {
    return within(this.#options.load(request), this.#options.timeoutMs, () => fail(this.#timeout()))
  }

  #settle(outcome: Outcome<Value>, startedAt: number): void {
    const { now, tell } = this.#options
    if (outcome.ok) {
      if (!this.#adopt(outcome.value)) return
      this.#failures = 0
      this.#retryAt = 0
      tell('fetched', undefined, outcome.value.url)
      return
    }
    const current = this.#usable(now())
    if (current !== undefined && current.fetchedAt > startedAt) return
    this.#lastError = outcome.error
    this.#lastFault = undefined
    tell(this.#backOff(current !== undefined), outcome.error)
  }

  /**
   * An exception of this library or its host says nothing about the document, so the event names no
   * cause. There is a pause all the same, or every request would cause a fetch.
   */
  #settleFault(fault: unknown): void {
    this.#lastFault = { fault }
    this.#options.tell(this.#backOff(this.#usable(this.#options.now()) !== undefined))
  }

  #backOff(isServing: boolean): 'stale' | 'failed' {
    const longest = isServing ? LONGEST_BACKOFF_SECONDS : LONGEST_COLD_BACKOFF_SECONDS
    const seconds = Math.min(longest, FIRST_BACKOFF_SECONDS * 2 ** this.#failures)
    this.#retryAt = this.#options.now() + seconds
    this.#failures = Math.min(this.#failures + 1, 16)
    return isServing ? 'stale' : 'failed'
  }

  /** A late or shared answer must not undo what a younger one said: it may hold a removed key. */
  #adopt(copy: Copy<Value>): boolean {
    const current = this.#copy
    const isCurrentSane = current !== undefined && current.fetchedAt <= this.#options.now()
    if (isCurrentSane && current.fetchedAt > copy.fetchedAt) return false
    this.#copy = copy
    return true
  }

  #refreshInBackground(budget: RequestBudget, now: number): void {
    if (this.#isPausing(now) || this.#isUnderway(now) || !budget.canWorkInBackground) return
    budget.runInBackground(this.#depart(budget, now, 0).outcome)
  }

  #await(flight: Flight<Outcome<Value>>, budget: RequestBudget): Promise<Outcome<Value>> {
    const remaining = budget.remainingMs(this.#options.timeoutMs)
    return within(flight.outcome, remaining, () => fail(this.#timeout()))
  }

  #fallBack(outcome: Outcome<Value>): Outcome<Value> {
    const copy = this.#usable(this.#options.now())
    return copy === undefined ? outcome : succeed(copy)
  }

  #failure(now: number): UpstreamError {
    if (this.#lastFault !== undefined) throw this.#lastFault.fault
    const error = this.#lastError ?? this.#timeout()
    const { code, url, message, status, missing, expected, received } = error
    const details = { message, status, missing, expected, received }
    return new UpstreamError(code, url, {
      ...details,
      retryAfterSeconds: this.retryAfterSeconds(now),
    })
  }

  #timeout(): UpstreamError {
    const { timeoutMs, url } = this.#options
    const message = `${url()} did not answer within ${timeoutMs} ms`
    return new UpstreamError('timeout', url(), { message })
  }
}

function refreshTime(copy: Copy<unknown>): number {
  return copy.freshUntil - (copy.freshUntil - copy.fetchedAt) * REFRESH_AHEAD
}
