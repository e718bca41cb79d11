/** The keys of an issuer that publishes its key set: when a key that is not in the set causes a fetch. */

import type { RejectionReason } from '../contract/rejection-reason.ts'
import type { Verifier } from '../crypto/create-verifier.ts'
import type { Copy, RemoteDocument } from '../documents/remote-document.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import { fail, succeed } from '../lib/result.ts'
import { TokenBucket } from '../lib/token-bucket.ts'
import { hasKey, type KeySet, type VerificationKey } from './key-set.ts'
import {
  importVerificationKey,
  type KeyQuery,
  type KeySource,
  type KeySourceOptions,
  type KeysResult,
  NO_SUCH_KEY,
  SECONDS_PER_FETCH,
  selectKeys,
} from './key-source.ts'

/** Without budget, a successful fetch that began so many seconds before the token arrived counts. */
const RECENT_SECONDS = 5
/** The burst: two fetches, so that invented keys cannot use up the one that a rotation needs. */
const BURST = 2

export class FetchedKeys implements KeySource {
  readonly #document: RemoteDocument<KeySet>
  readonly #options: KeySourceOptions
  readonly #budget: TokenBucket

  constructor(
    document: RemoteDocument<KeySet>,
    options: KeySourceOptions,
    budget: TokenBucket = new TokenBucket(BURST, SECONDS_PER_FETCH),
  ) {
    this.#document = document
    this.#options = options
    this.#budget = budget
  }

  withBudget(budget: TokenBucket): KeySource {
    return new FetchedKeys(this.#document, this.#options, budget)
  }

  arrival(): Pick<KeyQuery, 'arrivedAt' | 'copyThen'> {
    const arrivedAt = this.#options.now()
    return { arrivedAt, copyThen: this.#document.usable(arrivedAt) }
  }

  has(key: object | undefined, now: number, budget?: RequestBudget | undefined): boolean {
    const set = this.#document.ready(now, budget)?.value
    return key !== undefined && set !== undefined && hasKey(set, key)
  }

  async find(query: KeyQuery, budget: RequestBudget): Promise<KeysResult> {
    const read = await this.#document.read(budget)
    if (!read.ok) return unavailable(read.error, read.error.retryAfterSeconds)
    const keys = selectKeys(read.value.value, query, this.#options)
    return keys.length > 0 ? succeed(keys) : this.#fetchOthers(query, [], read.value, budget)
  }

  async findOthers(
    query: KeyQuery,
    tried: readonly VerificationKey[],
    budget: RequestBudget,
  ): Promise<KeysResult> {
    const copy = this.#document.usable(this.#options.now())
    // Forged signatures are frequent, and a server does not replace a key within a tick of the clock.
    return this.#fetchOthers({ ...query, copyThen: undefined }, tried, copy, budget)
  }

  importKey(key: VerificationKey, algorithm: string): Promise<Verifier | undefined> {
    return importVerificationKey(key, algorithm, this.#options)
  }

  /**
   * A key does not exist only if a successful fetch that began after the token arrived does not have it.
   * That fetch is made as long as the budget allows; without budget an earlier fetch may decide. A fetch
   * may find an older copy, which another resource shares, so that one more is needed.
   */
  async #fetchOthers(
    query: KeyQuery,
    tried: readonly VerificationKey[],
    copy: Copy<KeySet> | undefined,
    budget: RequestBudget,
  ): Promise<KeysResult> {
    const { arrivedAt, copyThen } = query
    let latest = copy
    // The loop ends with the budget, because each fetch that this request starts takes from it.
    for (;;) {
      // Another request may have fetched this copy while the signature was verified.
      const keys = latest === undefined ? [] : selectKeys(latest.value, query, this.#options, tried)
      if (keys.length > 0) return succeed(keys)
      const isNew = latest !== copyThen
      if (isNew && latest !== undefined && latest.fetchedAt >= arrivedAt) return NO_SUCH_KEY
      const fetch =
        this.#document.inFlight(arrivedAt - RECENT_SECONDS, budget) ??
        (this.#budget.take(arrivedAt) ? this.#document.refresh(budget) : undefined)
      if (fetch === undefined) break
      const fetched = await fetch
      if (!fetched.ok) return this.#undecided(query, fetched.error)
      latest = fetched.value
    }
    const isDecided = latest !== undefined && isRecentEnough(latest, query)
    return isDecided ? NO_SUCH_KEY : this.#undecided(query)
  }

  #undecided({ arrivedAt }: KeyQuery, cause?: unknown): KeysResult {
    this.#options.reportUndecided()
    return unavailable(cause, this.#budget.secondsUntilNext(arrivedAt))
  }
}

/**
 * Whether a copy decides without another fetch. If it has a key with the token's `kid`, the token is
 * valid only if the server reuses that `kid` for a new key, and a copy of the last 15 seconds decides:
 * the budget is empty because a fetch began in that time.
 */
function isRecentEnough({ fetchedAt, value }: Copy<KeySet>, { kid, arrivedAt }: KeyQuery): boolean {
  const hasName = kid !== undefined && value.names.has(kid)
  return fetchedAt >= arrivedAt - (hasName ? SECONDS_PER_FETCH : RECENT_SECONDS)
}

function unavailable(cause: unknown, retryAfterSeconds: number | undefined): KeysResult {
  return fail<RejectionReason>({ code: 'unavailable', cause, retryAfterSeconds })
}
