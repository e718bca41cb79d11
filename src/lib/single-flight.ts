/** Single flight: callers that need the result of the same work at the same time share one run of it. */

import { BoundedMap } from './bounded-map.ts'

/** Work that was started and has not settled. */
export interface InFlight<Value> {
  /** The request that started it. */
  readonly owner: object
  /** In seconds. */
  readonly startedAt: number
  readonly result: Promise<Value>
}

/** A request that wants to share work. */
export interface Caller {
  readonly owner: object
  /** Whether this request may await the promise of another. On Workers that promise may never settle. */
  mayAwait(work: InFlight<unknown>): boolean
}

interface SingleFlightOptions {
  /** Work older than this counts as dead, whether or not its promise settles. */
  readonly deadlineSeconds: number
  /** Work in flight at the same time. Only promises that never settle add up to so many. */
  readonly maxKeys: number
}

/** All times are seconds; the clock may jump either way. */
export class SingleFlight<Value> {
  readonly #deadlineSeconds: number
  readonly #inFlight: BoundedMap<InFlight<Value>>

  constructor({ deadlineSeconds, maxKeys }: SingleFlightOptions) {
    this.#deadlineSeconds = deadlineSeconds
    this.#inFlight = new BoundedMap({ maxEntries: maxKeys })
  }

  /** Whether work under this key is in flight, even if the caller may not await it. */
  isRunning(key: string, now: number): boolean {
    return this.#current(key, now) !== undefined
  }

  /** The work in flight that this caller may await. */
  find(key: string, caller: Caller, now: number): InFlight<Value> | undefined {
    const work = this.#current(key, now)
    return work !== undefined && caller.mayAwait(work) ? work : undefined
  }

  /** Starts work that later callers may share. It replaces work under the same key. */
  start(key: string, caller: Caller, now: number, run: () => Promise<Value>): InFlight<Value> {
    const settle = (): void => {
      if (this.#inFlight.get(key) === work) this.#inFlight.delete(key)
    }
    const result = run()
    const work: InFlight<Value> = { owner: caller.owner, startedAt: now, result }
    this.#inFlight.set(key, work)
    result.then(settle, settle)
    return work
  }

  #current(key: string, now: number): InFlight<Value> | undefined {
    const work = this.#inFlight.get(key)
    if (work === undefined) return undefined
    const age = now - work.startedAt
    return age >= 0 && age <= this.#deadlineSeconds ? work : undefined
  }
}
