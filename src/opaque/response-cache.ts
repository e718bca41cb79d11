/**
 * Answers about opaque tokens, kept for as long as the application allows: positive ones never past
 * the token's `exp`, negative ones only for a moment. Tokens themselves are not kept, only digests.
 */

import { type RejectionReason, UpstreamError } from '../contract/errors.ts'
import { digestText } from '../crypto/sha256.ts'
import { type RequestBudget, within } from '../documents/request-budget.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import { deepFreeze, type JsonObject } from '../lib/json.ts'
import { fail, type Result } from '../lib/result.ts'
import { SingleFlight } from '../lib/single-flight.ts'

/** What is known of a token: its claims, `undefined` if it is not valid, or why nobody can say. */
export type ClaimsResult = Result<JsonObject | undefined, RejectionReason>

export interface ResponseCacheOptions {
  /** 0: every request asks. */
  readonly seconds: number
  readonly now: () => number
  readonly timeoutMs: number
  /** Whom is asked, for the message when nobody answers. */
  readonly url: string
}

interface Entry {
  readonly claims: JsonObject | undefined
  readonly askedAt: number
  readonly until: number
  readonly size: number
}

const MAX_ENTRIES = 10_000
/** Characters of all claims together. */
const MAX_SIZE = 16_777_216
/** Few, so that a flood of made-up tokens displaces nothing but itself. */
const MAX_REFUSED = 1000
/** A token that was not known yet may be known a moment later. */
const MAX_REFUSED_SECONDS = 5
/** Only promises that never settle add up to so many. */
const MAX_IN_FLIGHT = 1000

export class ResponseCache {
  readonly #options: ResponseCacheOptions
  readonly #accepted = createMap(MAX_ENTRIES)
  readonly #refused = createMap(MAX_REFUSED)
  readonly #flights: SingleFlight<ClaimsResult>

  constructor(options: ResponseCacheOptions) {
    this.#options = options
    const deadlineSeconds = options.timeoutMs / 1000
    this.#flights = new SingleFlight({ deadlineSeconds, maxKeys: MAX_IN_FLIGHT })
  }

  /**
   * The answer about a token: one that was given before, or one that is under way, or a new one.
   * Without a time to keep answers none is shared, not even under way: what was asked before a
   * token was revoked says nothing to a request that came after.
   */
  async find(
    token: string,
    budget: RequestBudget,
    ask: (budget: RequestBudget) => Promise<ClaimsResult>,
  ): Promise<ClaimsResult> {
    if (this.#options.seconds <= 0) return ask(budget)
    // The only form in which a token is ever kept.
    const key = await digestText(token)
    const now = this.#options.now()
    const entry = this.#current(this.#accepted, key, now) ?? this.#current(this.#refused, key, now)
    if (entry !== undefined) return { ok: true, value: entry.claims }
    const { timeoutMs, url } = this.#options
    const work =
      this.#flights.find(key, budget, now) ??
      this.#flights.start(key, budget, now, () => this.#ask(key, budget, now, ask))
    return within(work.result, budget.remainingMs(timeoutMs), () => {
      const message = `${url} did not answer within ${timeoutMs} ms`
      return fail({ code: 'unavailable', cause: new UpstreamError('timeout', url, { message }) })
    })
  }

  async #ask(
    key: string,
    budget: RequestBudget,
    now: number,
    ask: (budget: RequestBudget) => Promise<ClaimsResult>,
  ): Promise<ClaimsResult> {
    // Other requests may await this work, so it does not depend on what this request has left.
    const answer = await ask(budget.renewed())
    if (answer.ok) this.#store(key, answer.value, now)
    return answer
  }

  #current(entries: BoundedMap<Entry>, key: string, now: number): Entry | undefined {
    const entry = entries.get(key)
    if (entry === undefined) return undefined
    // An entry from the future was made by a clock that has gone back since.
    if (entry.askedAt <= now && now < entry.until) return entry
    entries.delete(key)
    return undefined
  }

  /** Everything counts from when the question was asked: what was true later nobody knows. */
  #store(key: string, claims: JsonObject | undefined, askedAt: number): void {
    const { seconds } = this.#options
    // A late answer must not undo what a younger one said: the token may be revoked by now.
    if (isYounger(this.#accepted.get(key), askedAt) || isYounger(this.#refused.get(key), askedAt))
      return
    this.#accepted.delete(key)
    this.#refused.delete(key)
    if (claims === undefined) {
      const until = askedAt + Math.min(seconds, MAX_REFUSED_SECONDS)
      this.#refused.set(key, { claims, askedAt, until, size: 0 })
      return
    }
    const { exp } = claims
    if (typeof exp !== 'number') return
    const until = Math.min(askedAt + seconds, exp)
    const size = JSON.stringify(claims).length
    this.#accepted.set(key, { claims: deepFreeze(claims), askedAt, until, size })
  }
}

function createMap(maxEntries: number): BoundedMap<Entry> {
  return new BoundedMap({ maxEntries, maxSize: MAX_SIZE, sizeOf: ({ size }) => size })
}

function isYounger(entry: Entry | undefined, askedAt: number): boolean {
  return entry !== undefined && entry.askedAt > askedAt
}
