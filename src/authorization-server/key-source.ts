/** The keys of one issuer, and when a key that is not in the set causes a fetch. */

import type { RejectionReason } from '../contract/rejection-reason.ts'
import type { Verifier } from '../crypto/create-verifier.ts'
import type { Copy, KeptDocument } from '../documents/kept-document.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import { fail, succeed } from '../lib/result.ts'
import { TokenBucket } from '../lib/token-bucket.ts'
import { hasKey, type KeySet, type VerificationKey } from './key-set.ts'
import {
  importVerificationKey,
  type KeyQuery,
  type KeyRules,
  type KeysResult,
  NO_SUCH_KEY,
  SECONDS_PER_FETCH,
  selectKeys,
} from './select-keys.ts'

/** Without budget, a successful fetch that began so many seconds before the token arrived counts. */
const RECENT_SECONDS = 5
/** The burst: two fetches, so that invented keys cannot use up the one that a rotation needs. */
const BURST = 2

export class KeySource {
  readonly #document: KeptDocument<KeySet>
  readonly #rules: KeyRules
  readonly #budget: TokenBucket

  constructor(
    document: KeptDocument<KeySet>,
    rules: KeyRules,
    budget: TokenBucket = new TokenBucket(BURST, SECONDS_PER_FETCH),
  ) {
    this.#document = document
    this.#rules = rules
    this.#budget = budget
  }

  /** The same keys for tokens that are not access tokens, whose unknown keys must not use up the fetches of access tokens. */
  withBudget(budget: TokenBucket): KeySource {
    return new KeySource(this.#document, this.#rules, budget)
  }

  /** The arrival of a token, now. */
  arrival(): Pick<KeyQuery, 'arrivedAt' | 'copyThen'> {
    const arrivedAt = this.#rules.now()
    return { arrivedAt, copyThen: this.#document.usable(arrivedAt) }
  }

  /**
   * Whether a key is in the set in use; what was verified with a removed key is no longer valid. Never
   * waits: `false` also if the set must be fetched first.
   */
  has(key: object | undefined, now: number, budget?: RequestBudget | undefined): boolean {
    const set = this.#document.ready(now, budget)?.value
    return key !== undefined && set !== undefined && hasKey(set, key)
  }

  /**
   * Finds the keys that may have signed a token; at once where nothing has to be fetched.
   *
   * Fails with
   * - `token_key` — the issuer has no such key now
   * - `unavailable` — the issuer cannot be reached to find out
   */
  find(query: KeyQuery, budget: RequestBudget): KeysResult | Promise<KeysResult> {
    const copy = this.#document.ready(query.arrivedAt, budget)
    const keys = copy === undefined ? [] : selectKeys(copy.value, query, this.#rules)
    return keys.length > 0 ? succeed(keys) : this.#readAndFind(query, budget)
  }

  /**
   * Finds further keys after none of the `tried` keys fitted the signature: a new key may have no `kid`,
   * or the `kid` of an old key. Fails as `find` does.
   */
  async findOthers(
    query: KeyQuery,
    tried: readonly VerificationKey[],
    budget: RequestBudget,
  ): Promise<KeysResult> {
    const copy = this.#document.usable(this.#rules.now())
    // Forged signatures are frequent, and a server does not replace the key of a `kid` within a tick of the
    // clock. A token without `kid` names no key, so it counts as one whose key is unknown.
    const asked = query.kid === undefined ? query : { ...query, copyThen: undefined }
    return this.#fetchOthers(asked, tried, copy, budget)
  }

  /** Imports a key for one algorithm; `undefined` if this runtime cannot verify signatures with it. */
  importKey(key: VerificationKey, algorithm: string): Promise<Verifier | undefined> {
    return importVerificationKey(key, algorithm, this.#rules)
  }

  async #readAndFind(query: KeyQuery, budget: RequestBudget): Promise<KeysResult> {
    const read = await this.#document.read(budget)
    if (!read.ok) return unavailable(read.error, read.error.retryAfterSeconds)
    const keys = selectKeys(read.value.value, query, this.#rules)
    return keys.length > 0 ? succeed(keys) : this.#fetchOthers(query, [], read.value, budget)
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
      const keys = latest === undefined ? [] : selectKeys(latest.value, query, this.#rules, tried)
      if (keys.length > 0) return succeed(keys)
      // Both times may be equal, because clocks have steps. Then a copy is new unless it was in use at the arrival.
      const { fetchedAt = 0 } = latest ?? {}
      const isLater = fetchedAt > arrivedAt || (fetchedAt === arrivedAt && latest !== copyThen)
      if (isLater) return NO_SUCH_KEY
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
    this.#rules.report('key_undecided')
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
