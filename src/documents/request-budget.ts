/**
 * How long one request is prepared to wait for documents, all of them together, and what it may
 * wait for: on Workers never for a promise that another request made.
 */

import { type Fetch, isWorkers, type WaitUntil } from '../contract/ports.ts'

/** Work that has begun, and who began it. */
export interface Flight<Outcome> {
  readonly owner: object
  readonly startedAt: number
  readonly outcome: Promise<Outcome>
}

export class RequestBudget {
  readonly waitUntil: WaitUntil | undefined
  readonly #owner: object
  #startedMs: number | undefined

  constructor(waitUntil?: WaitUntil | undefined, owner?: object) {
    this.waitUntil = waitUntil
    this.#owner = owner ?? this
  }

  /** The same request's, with all its time before it: for work that others may join. */
  renewed(): RequestBudget {
    return new RequestBudget(this.waitUntil, this.#owner)
  }

  get owner(): object {
    return this.#owner
  }

  /** Whether this request may await that work. */
  mayJoin(flight: Flight<unknown>): boolean {
    return flight.owner === this.#owner || !isWorkers()
  }

  /** Whether work can go on after this request was answered. */
  get canWorkInBackground(): boolean {
    return this.waitUntil !== undefined || !isWorkers()
  }

  /** Milliseconds left of `timeoutMs`, which begin to run with the first call. */
  remainingMs(timeoutMs: number): number {
    const now = performance.now()
    this.#startedMs ??= now
    return timeoutMs - (now - this.#startedMs)
  }

  /** Lets work go on unawaited; its failure was told in an event already. */
  runInBackground(work: Promise<unknown>): void {
    const settled = work.catch(ignore)
    this.waitUntil?.(settled)
  }
}

/** Timers count in 32 bits: with more than that they fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Awaits work for so long and no longer; what it does afterwards is ignored. */
export async function within<Outcome>(
  work: Promise<Outcome>,
  milliseconds: number,
  otherwise: () => Outcome,
): Promise<Outcome> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<Outcome>((resolve) => {
    const delay = Math.min(Math.max(0, milliseconds), LONGEST_TIMER_MS)
    timer = setTimeout(() => resolve(otherwise()), delay)
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
    work.catch(ignore)
  }
}

/** What every fetch of remote documents is told. */
export interface FetchPolicy {
  readonly fetch: Fetch
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly allowHttp: boolean
}

function ignore(): void {}
