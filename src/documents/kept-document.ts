/** A document that is kept: {@link RemoteDocument}, or one from the configuration. */

import type { UpstreamError } from '../contract/errors.ts'
import { type Result, succeed } from '../lib/result.ts'
import type { RequestBudget } from './request-budget.ts'

/** A copy of the document. All times are seconds since the epoch. */
export interface Copy<Value> {
  readonly value: Value
  /** Where it was found, if that is not the document's first URL. */
  readonly url?: string | undefined
  /** When its fetch began. What the copy says held at this time or later. */
  readonly fetchedAt: number
  readonly freshUntil: number
}

/** A copy, or the reason why there is none. */
export type CopyResult<Value> = Result<Copy<Value>, UpstreamError>

export interface KeptDocument<Value> {
  /** Where the copy in use was found; without one, where the document is fetched from. */
  readonly url: string

  /**
   * The copy to use without waiting: a fresh one, or an outdated one in the pause after a failed refresh.
   * Starts a refresh in the background in the last part of the copy's fresh time.
   *
   * @param given The budget of the request. Without one, none of it is used yet, and the host has no `waitUntil`.
   */
  ready(now: number, given?: RequestBudget | undefined): Copy<Value> | undefined

  /** The copy, fresh or outdated by at most `staleIfErrorSeconds`. */
  usable(now: number): Copy<Value> | undefined

  /**
   * Gives the document: at once while it is fresh, otherwise after a fetch, which takes at most the
   * request's budget. While fetching fails, an outdated copy is given as long as it is usable.
   */
  read(budget: RequestBudget): Promise<CopyResult<Value>>

  /** The fetch in flight, if it began at `since` or later and this request may await it. */
  inFlight(since: number, budget: RequestBudget): Promise<CopyResult<Value>> | undefined

  /** Fetches the document although the copy is fresh, because the copy lacks something. */
  refresh(budget: RequestBudget): Promise<CopyResult<Value>>
}

/**
 * A document from the configuration. It is never fetched, and always fresh.
 *
 * @param url Stands for the document in messages.
 */
export function givenDocument<Value>(value: Value, url: string): KeptDocument<Value> {
  const copy = { value, fetchedAt: Infinity, freshUntil: Infinity }
  const read = async (): Promise<CopyResult<Value>> => succeed(copy)
  return {
    url,
    ready: () => copy,
    usable: () => copy,
    read,
    refresh: read,
    inFlight: () => undefined,
  }
}
