/**
 * A document that another server publishes, such as a key set. One policy for all of them: how long a
 * copy is fresh, when it is refreshed, how long an outdated copy is served while refreshing fails, and
 * that concurrent requests share one fetch.
 */

import { UpstreamError } from '../contract/errors.ts'
import { Backoff } from '../lib/backoff.ts'
import { fail, succeed } from '../lib/result.ts'
import { type InFlight, SingleFlight } from '../lib/single-flight.ts'
import { within } from '../lib/within.ts'
import type { Copy, CopyResult, KeptDocument } from './kept-document.ts'
import { RequestBudget } from './request-budget.ts'

/** What a load gets. */
export interface LoadRequest<Value> {
  readonly budget: RequestBudget
  /** A copy from a shared store counts only if it was fetched at this time or later. */
  readonly fetchedSince: number
  /** Passes an outdated copy, which is served if the load fails. */
  readonly offer: (copy: Copy<Value>) => void
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
  #lastError: UpstreamError | undefined
  /** The last load threw this exception. */
  #lastFault: { readonly fault: unknown } | undefined

  constructor(options: RemoteDocumentOptions<Value>) {
    this.#options = options
    this.#loads = new SingleFlight({ deadlineSeconds: options.timeoutMs / 1000, maxKeys: 1 })
  }

  get url(): string {
    return this.#copy?.url ?? this.#options.url()
  }

  ready(now: number, given?: RequestBudget | undefined): Copy<Value> | undefined {
    const copy = this.usable(now)
    if (copy === undefined || now < refreshTime(copy)) return copy
    if (now >= copy.freshUntil) return this.#isPausing(now) ? copy : undefined
    if (this.#isPausing(now) || this.#loads.isRunning(KEY, now)) return copy
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
    try {
      const outcome = await this.#await(work ?? this.#start(budget, now), budget)
      const latest = outcome.ok ? undefined : this.usable(this.#options.now())
      return latest === undefined ? outcome : succeed(latest)
    } catch (fault) {
      const latest = this.usable(this.#options.now())
      if (latest === undefined) throw fault
      return succeed(latest)
    }
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
    const younger = this.#copy === undefined ? 0 : this.#copy.fetchedAt + CLOCK_STEP_SECONDS
    const fetchedSince = Math.max(younger, since)
    const work = this.#loads.start(KEY, budget, now, () =>
      this.#load(budget.renewed(), now, fetchedSince),
    )
    budget.runInBackground(work.result)
    return work
  }

  async #load(
    budget: RequestBudget,
    startedAt: number,
    fetchedSince: number,
  ): Promise<CopyResult<Value>> {
    const { load, timeoutMs } = this.#options
    const offer = (copy: Copy<Value>): void => void this.#adopt(copy)
    let outcome: CopyResult<Value>
    try {
      const loading = load({ budget, fetchedSince, offer })
      outcome = await within(loading, timeoutMs, () => fail(this.#timeout()))
    } catch (fault) {
      this.#recordFault(fault)
      throw fault
    }
    this.#record(outcome, startedAt)
    return outcome
  }

  #await(work: InFlight<CopyResult<Value>>, budget: RequestBudget): Promise<CopyResult<Value>> {
    const remaining = budget.remainingMs(this.#options.timeoutMs)
    return within(work.result, remaining, () => fail(this.#timeout()))
  }

  #record(outcome: CopyResult<Value>, startedAt: number): void {
    const { now, report } = this.#options
    if (outcome.ok) {
      if (!this.#adopt(outcome.value)) return
      this.#backoff.reset()
      report('fetched', undefined, outcome.value.url)
      return
    }
    const copy = this.usable(now())
    // A later load succeeded in the meantime.
    if (copy !== undefined && copy.fetchedAt > startedAt) return
    this.#lastError = outcome.error
    this.#lastFault = undefined
    report(this.#pause(copy), outcome.error)
  }

  /**
   * An exception of this library or its host says nothing about the document, so its event has no code.
   * There is a pause all the same; otherwise every request would cause a fetch.
   */
  #recordFault(fault: unknown): void {
    const { now, report } = this.#options
    this.#lastFault = { fault }
    report(this.#pause(this.usable(now())))
  }

  #pause(copy: Copy<Value> | undefined): 'stale' | 'failed' {
    const longest = copy === undefined ? LONGEST_PAUSE_WITHOUT_COPY_SECONDS : undefined
    this.#backoff.start(this.#options.now(), longest)
    return copy === undefined ? 'failed' : 'stale'
  }

  /** Replaces the copy, unless the copy in use is younger: the older one may contain a removed key. */
  #adopt(copy: Copy<Value>): boolean {
    const current = this.#copy
    const isFromFuture = current !== undefined && current.fetchedAt > this.#options.now()
    if (current !== undefined && !isFromFuture && current.fetchedAt > copy.fetchedAt) return false
    this.#copy = copy
    return true
  }

  /** @throws The exception of the last load, if it threw one. */
  #repeatFailure(now: number): CopyResult<Value> {
    if (this.#lastFault !== undefined) throw this.#lastFault.fault
    const error = this.#lastError ?? this.#timeout()
    const { code, url, message } = error
    // Whole seconds until the next attempt.
    const retryAfterSeconds = Math.max(1, Math.ceil(this.#backoff.endsAt - now))
    return fail(new UpstreamError(code, url, { ...error, message, retryAfterSeconds }))
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
