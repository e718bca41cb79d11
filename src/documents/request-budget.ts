/** The time that one request may spend waiting for documents, and the promises it may await. */

import { isWorkers, type WaitUntil } from '../contract/ports.ts'
import { dropPromise, ignore } from '../lib/promise.ts'
import type { Caller, InFlight } from '../lib/single-flight.ts'

/** The budget of one request, shared by all documents that the request needs. */
export class RequestBudget implements Caller {
  declare readonly waitUntil: WaitUntil | undefined
  declare readonly owner: object
  #startedMs: number | undefined

  constructor(waitUntil?: WaitUntil | undefined, owner?: object) {
    // `null` where a program has none.
    this.waitUntil = waitUntil ?? undefined
    this.owner = owner ?? this
  }

  /** A budget of the same request with no time spent, for work that other requests may share. */
  renewed(): RequestBudget {
    return new RequestBudget(this.waitUntil, this.owner)
  }

  /** Whether this request may await that work. On Workers, the promise of another request may never settle. */
  mayAwait(work: InFlight<unknown>): boolean {
    return work.owner === this.owner || !isWorkers()
  }

  /** Whether work can continue after the response was sent. */
  get canWorkInBackground(): boolean {
    return this.waitUntil !== undefined || !isWorkers()
  }

  /** Milliseconds left of `timeoutMs`, counted from the first call of this method. */
  remainingMs(timeoutMs: number): number {
    const now = performance.now()
    this.#startedMs ??= now
    return timeoutMs - (now - this.#startedMs)
  }

  /** Lets work continue after the response. Its failure is ignored: it was reported by an event. */
  runInBackground(work: Promise<unknown>): void {
    const settled = work.catch(ignore)
    try {
      // An `async` function may reject later; an unhandled rejection would end the process.
      dropPromise(this.waitUntil?.(settled))
    } catch {
      // A host that does not take the promise must not fail the request.
    }
  }
}
