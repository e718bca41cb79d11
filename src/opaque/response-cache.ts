/**
 * Caches the claims of opaque tokens for the configured time, but not beyond `exp`; that a token is
 * not valid, for a few seconds. The keys are digests: tokens are not stored.
 */

import type { RejectionReason } from '../contract/rejection-reason.ts'
import { digestText } from '../crypto/sha256.ts'
import { fetchFailure } from '../documents/bounded-fetch.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import { heldBytes } from '../lib/held-bytes.ts'
import { deepFreeze, type JsonObject } from '../lib/json.ts'
import { fail, type Result } from '../lib/result.ts'
import { type InFlight, SingleFlight } from '../lib/single-flight.ts'
import { SizedMap } from '../lib/sized-map.ts'
import { within } from '../lib/within.ts'

/** The claims of a token, `undefined` for a token that is not valid, or the reason of a failure. */
export type ClaimsResult = Result<JsonObject | undefined, RejectionReason>

/** The options of a {@link ResponseCache}. */
interface ResponseCacheOptions {
  /** 0: nothing is cached or shared. */
  readonly seconds: number
  readonly now: () => number
  readonly timeoutMs: number
  /** The URL in the message of a timeout. */
  readonly url: string
}

interface Entry {
  readonly claims: JsonObject | undefined
  readonly startedAt: number
  readonly until: number
  readonly size: number
}

const MAX_ENTRIES = 10_000
/** In bytes, for all claims together. */
const MAX_SIZE = 16_777_216
/** Invalid tokens have a map of their own: a flood of them displaces no valid token. */
const MAX_INVALID = 1000
/** Short: a token can be valid a moment after its first use. */
const MAX_INVALID_SECONDS = 5
/** Only promises that never settle can reach this number. */
const MAX_IN_FLIGHT = 1000

/** A bounded cache of verified claims, by the digest of the token. */
export class ResponseCache {
  readonly #options: ResponseCacheOptions
  readonly #accepted = createMap(MAX_ENTRIES)
  readonly #invalid = createMap(MAX_INVALID)
  readonly #calls: SingleFlight<ClaimsResult>

  constructor(options: ResponseCacheOptions) {
    this.#options = options
    const deadlineSeconds = options.timeoutMs / 1000
    this.#calls = new SingleFlight({ deadlineSeconds, maxKeys: MAX_IN_FLIGHT })
  }

  /**
   * Gives the cached claims of a token, the result of a call in flight, or that of a new call. A call
   * is shared no longer than its result is cached: one that started before the token was revoked
   * decides about later requests only for so long. With `seconds: 0` calls are not shared.
   */
  async find(
    token: string,
    budget: RequestBudget,
    fetchClaims: (budget: RequestBudget) => Promise<ClaimsResult>,
  ): Promise<ClaimsResult> {
    if (this.#options.seconds <= 0) return fetchClaims(budget)
    const key = await digestText(token)
    const now = this.#options.now()
    const entry = this.#current(this.#accepted, key, now) ?? this.#current(this.#invalid, key, now)
    if (entry !== undefined) return { ok: true, value: entry.claims }
    const { timeoutMs, url } = this.#options
    const work =
      this.#recentCall(key, budget, now) ??
      this.#calls.start(key, budget, now, () => this.#fetch(key, budget, now, fetchClaims))
    return within(work.result, budget.remainingMs(timeoutMs), () => {
      const late = fetchFailure('timeout', url, `did not answer within ${timeoutMs} ms`)
      return fail({ code: 'unavailable', cause: late.error })
    })
  }

  /** It may find the token valid or invalid, and the latter is cached for a shorter time. */
  #recentCall(key: string, budget: RequestBudget, now: number): InFlight<ClaimsResult> | undefined {
    const work = this.#calls.find(key, budget, now)
    const seconds = Math.min(this.#options.seconds, MAX_INVALID_SECONDS)
    return work !== undefined && now < work.startedAt + seconds ? work : undefined
  }

  async #fetch(
    key: string,
    budget: RequestBudget,
    now: number,
    fetchClaims: (budget: RequestBudget) => Promise<ClaimsResult>,
  ): Promise<ClaimsResult> {
    // Other requests may await this call, so it gets a full budget of its own.
    const result = await fetchClaims(budget.renewed())
    if (result.ok) this.#store(key, result.value, now)
    return result
  }

  #current(entries: SizedMap<Entry>, key: string, now: number): Entry | undefined {
    const entry = entries.get(key)
    if (entry === undefined) return undefined
    // An entry from the future was added before the clock was set back.
    if (entry.startedAt <= now && now < entry.until) return entry
    entries.delete(key)
    return undefined
  }

  /** All times count from the start of the call: the server may have decided at any later moment. */
  #store(key: string, claims: JsonObject | undefined, startedAt: number): void {
    const { seconds } = this.#options
    // A late result must not replace that of a later call: the token may have been revoked.
    if (isLater(this.#accepted.get(key), startedAt) || isLater(this.#invalid.get(key), startedAt))
      return
    this.#accepted.delete(key)
    this.#invalid.delete(key)
    if (claims === undefined) {
      const until = startedAt + Math.min(seconds, MAX_INVALID_SECONDS)
      this.#invalid.set(key, { claims, startedAt, until, size: 0 })
      return
    }
    const { exp } = claims
    if (typeof exp !== 'number') return
    const until = Math.min(startedAt + seconds, exp)
    // The `verify` of an application may return values that JSON does not have.
    const size = heldBytes(claims, () => false)
    this.#accepted.set(key, { claims: deepFreeze(claims), startedAt, until, size })
  }
}

function createMap(maxEntries: number): SizedMap<Entry> {
  return new SizedMap({ maxEntries, maxSize: MAX_SIZE })
}

function isLater(entry: Entry | undefined, startedAt: number): boolean {
  return entry !== undefined && entry.startedAt > startedAt
}
