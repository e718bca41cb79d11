/**
 * A document that another server publishes, such as a key set. One policy for all of them: how long a
 * copy is fresh, when it is refreshed, how long an outdated copy is served while refreshing fails, and
 * that concurrent requests share one fetch.
 */

import { UpstreamError } from '../contract/errors.ts'
import { Backoff } from '../lib/backoff.ts'
import { ignore } from '../lib/promise.ts'
import { fail, succeed } from '../lib/result.ts'
import { type InFlight, SingleFlight } from '../lib/single-flight.ts'
import { within } from '../lib/within.ts'
import { type FetchFailure, fetchFailure } from './bounded-fetch.ts'
import type { Copy, CopyResult, KeptDocument } from './kept-document.ts'
import { RequestBudget } from './request-budget.ts'

/** What a load gets. */
export interface LoadRequest<Value> {
  readonly budget: RequestBudget
  /** A copy from a shared store counts only if it was fetched at this time or later. */
  readonly fetchedSince: number
  /**
   * Passes a copy before the load ends. An outdated one is served if the load fails.
   *
   * @returns Whether it is used: not if the copy in use is younger.
   */
  readonly offer: (copy: Copy<Value>) => boolean
}

/** Why the last load failed. `fault`: the exception that it threw. */
interface LoadFailure {
  readonly error?: UpstreamError
  readonly fault?: unknown
}

interface RemoteDocumentOptions<Value> {
  readonly url: () => string
  readonly load: (request: LoadRequest<Value>) => Promise<CopyResult<Value>>
  readonly now: () => number
  readonly timeoutMs: number
  readonly staleIfErrorSeconds: number
  /** `url` is where the fetched copy was found. */
  readonly report: (
    outcome: 'fetched' | 'stale' | 'failed',
    error?: UpstreamError,
    url?: string,
  ) => void
}

/** In the last tenth of its fresh time a copy is refreshed in the background. */
const REFRESH_AHEAD = 0.1
const BACKOFF = { firstSeconds: 1, longestSeconds: 60 }
/** Without a copy to serve, requests are rejected meanwhile, so the next attempt comes sooner. */
const LONGEST_PAUSE_WITHOUT_COPY_SECONDS = 15
/** A forced refresh takes a copy from a shared store only if it is this young. */
const MAX_FORCED_COPY_AGE_SECONDS = 15
/** The smallest difference between two readings of the host's clock. */
const CLOCK_STEP_SECONDS = 0.001
const KEY = 'document'

export class RemoteDocument<Value> implements KeptDocument<Value> {
  readonly #options: RemoteDocumentOptions<Value>
  readonly #loads: SingleFlight<CopyResult<Value>>
  readonly #backoff = new Backoff(BACKOFF)
  #copy: Copy<Value> | undefined
  #lastFailure: LoadFailure | undefined

  constructor(options: RemoteDocumentOptions<Value>) {
    this.#options = options
    this.#loads = new SingleFlight({ deadlineSeconds: options.timeoutMs / 1000, maxKeys: 1 })
  }

  get url(): string {
    return this.#copy?.url ?? this.#options.url()
  }

  ready(now: number, given?: RequestBudget | undefined): Copy<Value> | undefined {
    const copy = this.usable(now)
    if (copy === undefined || now < refreshTime(copy) || this.#isPausing(now)) return copy
    if (now >= copy.freshUntil) return undefined
    if (this.#loads.isRunning(KEY, now)) return copy
    const budget = given ?? new RequestBudget()
    if (budget.canWorkInBackground) this.#start(budget, now)
    return copy
  }

  usable(now: number): Copy<Value> | undefined {
    const copy = this.#copy
    // A copy from the future was fetched before the clock went back; it would be fresh for too long.
    if (copy === undefined || copy.fetchedAt > now) return undefined
    return now < copy.freshUntil + this.#options.staleIfErrorSeconds ? copy : undefined
  }

  async read(budget: RequestBudget): Promise<CopyResult<Value>> {
    const now = this.#options.now()
    const ready = this.ready(now, budget)
    if (ready !== undefined) return succeed(ready)
    if (this.#isPausing(now)) return this.#repeatFailure(now)
    const work = this.#loads.find(KEY, budget, now)
    const copy = this.usable(now)
    // Another request refreshes it, and this one may not await that.
    if (work === undefined && copy !== undefined && this.#loads.isRunning(KEY, now)) {
      return succeed(copy)
    }
    const reading = this.#await(work ?? this.#start(budget, now), budget)
    const outcome = await reading.catch(ignore)
    const latest = outcome?.ok ? undefined : this.usable(this.#options.now())
    return latest === undefined ? reading : succeed(latest)
  }

  inFlight(since: number, budget: RequestBudget): Promise<CopyResult<Value>> | undefined {
    const work = this.#loads.find(KEY, budget, this.#options.now())
    return work === undefined || work.startedAt < since ? undefined : this.#await(work, budget)
  }

  async refresh(budget: RequestBudget): Promise<CopyResult<Value>> {
    const now = this.#options.now()
    if (this.#isPausing(now)) return this.#repeatFailure(now)
    return this.#await(this.#start(budget, now, now - MAX_FORCED_COPY_AGE_SECONDS), budget)
  }

  #isPausing(now: number): boolean {
    return this.#backoff.secondsLeft(now) > 0
  }

  #start(budget: RequestBudget, now: number, since = 0): InFlight<CopyResult<Value>> {
    // A shared copy must be younger than the copy in use: otherwise it lacks the same, and may contain a removed key.
    const younger = (this.#copy?.fetchedAt ?? 0) + CLOCK_STEP_SECONDS
    const fetchedSince = Math.max(younger, since)
    const load = () => this.#load(budget.renewed(), now, fetchedSince)
    const work = this.#loads.start(KEY, budget, now, load)
    budget.runInBackground(work.result)
    return work
  }

  async #load(
    budget: RequestBudget,
    startedAt: number,
    fetchedSince: number,
  ): Promise<CopyResult<Value>> {
    const { load, timeoutMs } = this.#options
    try {
      const loading = load({ budget, fetchedSince, offer: (copy) => this.#adopt(copy) })
      const outcome = await within(loading, timeoutMs, () => this.#timeout())
      this.#record(outcome, startedAt)
      return outcome
    } catch (fault) {
      // An exception of this library or its host says nothing about the document, so its event has no code.
      // There is a pause all the same; otherwise every request would cause a fetch.
      this.#recordFailure({ fault }, startedAt)
      throw fault
    }
  }

  #await(work: InFlight<CopyResult<Value>>, budget: RequestBudget): Promise<CopyResult<Value>> {
    const remaining = budget.remainingMs(this.#options.timeoutMs)
    return within(work.result, remaining, () => this.#timeout())
  }

  #record(outcome: CopyResult<Value>, startedAt: number): void {
    if (!outcome.ok) this.#recordFailure(outcome, startedAt)
    else if (this.#adopt(outcome.value)) {
      this.#backoff.reset()
      this.#options.report('fetched', undefined, outcome.value.url)
    }
  }

  #recordFailure(failure: LoadFailure, startedAt: number): void {
    const now = this.#options.now()
    const copy = this.usable(now)
    // A later load succeeded in the meantime.
    if (copy !== undefined && copy.fetchedAt > startedAt) return
    this.#lastFailure = failure
    const longest = copy === undefined ? LONGEST_PAUSE_WITHOUT_COPY_SECONDS : undefined
    // On Workers, each of many concurrent requests loads for itself.
    if (!this.#backoff.covers(startedAt, now)) this.#backoff.start(now, longest)
    this.#options.report(copy === undefined ? 'failed' : 'stale', failure.error)
  }

  /** Replaces the copy, unless the copy in use is younger: the older one may contain a removed key. */
  #adopt(copy: Copy<Value>): boolean {
    const now = this.#options.now()
    const current = this.#copy?.fetchedAt ?? 0
    if (current <= now && current > copy.fetchedAt) return false
    // The clock went back during the load, so it is not known which copy is younger: the next request fetches.
    this.#copy = copy.fetchedAt > now ? undefined : copy
    return true
  }

  /** @throws The exception of the last load, if it threw one. */
  #repeatFailure(now: number): CopyResult<Value> {
    const { error, fault }: LoadFailure = this.#lastFailure ?? this.#timeout()
    if (error === undefined) throw fault
    const { code, url, message } = error
    // Whole seconds until the next attempt.
    const retryAfterSeconds = Math.ceil(this.#backoff.secondsLeft(now))
    return fail(new UpstreamError(code, url, { ...error, message, retryAfterSeconds }))
  }

  #timeout(): FetchFailure {
    const { timeoutMs, url } = this.#options
    return fetchFailure('timeout', url(), `did not answer within ${timeoutMs} ms`)
  }
}

function refreshTime(copy: Copy<unknown>): number {
  return copy.freshUntil - (copy.freshUntil - copy.fetchedAt) * REFRESH_AHEAD
}
