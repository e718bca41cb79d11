/**
 * Answers about opaque tokens, kept for as long as the application allows: positive ones never past
 * the token's `exp`, negative ones only for a moment. Tokens themselves are not kept, only digests.
 */

import { type RejectionReason, UpstreamError } from '../contract/errors.ts'
import { digestText } from '../crypto/sha256.ts'
import { type Flight, type RequestBudget, within } from '../documents/request-budget.ts'
import { deepFreeze, type JsonObject } from '../lib/json.ts'
import { fail, type Result } from '../lib/result.ts'

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
/** Only a host on which flights never land ever has so many. */
const MAX_FLIGHTS = 1000

export class ResponseCache {
  readonly #options: ResponseCacheOptions
  readonly #accepted = new Shelf(MAX_ENTRIES, MAX_SIZE)
  readonly #refused = new Shelf(MAX_REFUSED, MAX_SIZE)
  readonly #flights = new Map<string, Flight<ClaimsResult>>()

  constructor(options: ResponseCacheOptions) {
    this.#options = options
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
    const entry = this.#accepted.take(key, now) ?? this.#refused.take(key, now)
    if (entry !== undefined) return { ok: true, value: entry.claims }
    const { timeoutMs, url } = this.#options
    const flight = this.#joinable(key, budget, now) ?? this.#depart(key, budget, now, ask)
    return within(flight.outcome, budget.remainingMs(timeoutMs), () => {
      const message = `${url} did not answer within ${timeoutMs} ms`
      return fail({ code: 'unavailable', cause: new UpstreamError('timeout', url, { message }) })
    })
  }

  /** Past its deadline a flight is dead, whatever became of its promise. */
  #joinable(key: string, budget: RequestBudget, now: number): Flight<ClaimsResult> | undefined {
    const flight = this.#flights.get(key)
    if (flight === undefined || !budget.mayJoin(flight)) return undefined
    const age = now - flight.startedAt
    return age >= 0 && age <= this.#options.timeoutMs / 1000 ? flight : undefined
  }

  #depart(
    key: string,
    budget: RequestBudget,
    now: number,
    ask: (budget: RequestBudget) => Promise<ClaimsResult>,
  ): Flight<ClaimsResult> {
    // Others may join, so it has all its time before it, whatever this request has left.
    const outcome = ask(budget.renewed()).then((answer) => {
      if (answer.ok) this.#store(key, answer.value, now)
      return answer
    })
    const flight: Flight<ClaimsResult> = { owner: budget.owner, startedAt: now, outcome }
    const land = (): void => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key)
    }
    if (this.#flights.size >= MAX_FLIGHTS) this.#flights.clear()
    this.#flights.set(key, flight)
    outcome.then(land, land)
    return flight
  }

  /** Everything counts from when the question was asked: what was true later nobody knows. */
  #store(key: string, claims: JsonObject | undefined, askedAt: number): void {
    const { seconds } = this.#options
    // A late answer must not undo what a younger one said: the token may be revoked by now.
    if (this.#accepted.isYounger(key, askedAt) || this.#refused.isYounger(key, askedAt)) return
    this.#accepted.remove(key)
    this.#refused.remove(key)
    if (claims === undefined) {
      const until = askedAt + Math.min(seconds, MAX_REFUSED_SECONDS)
      this.#refused.put(key, { claims, askedAt, until, size: 0 })
      return
    }
    const { exp } = claims
    if (typeof exp !== 'number') return
    const until = Math.min(askedAt + seconds, exp)
    const size = JSON.stringify(claims).length
    this.#accepted.put(key, { claims: deepFreeze(claims), askedAt, until, size })
  }
}

/** A bounded map in which the entry put in first is the first to go. */
class Shelf {
  readonly #maxEntries: number
  readonly #maxSize: number
  readonly #entries = new Map<string, Entry>()
  #size = 0

  constructor(maxEntries: number, maxSize: number) {
    this.#maxEntries = maxEntries
    this.#maxSize = maxSize
  }

  take(key: string, now: number): Entry | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    // An entry from the future was made by a clock that has gone back since.
    if (entry.askedAt <= now && now < entry.until) return entry
    this.remove(key)
    return undefined
  }

  isYounger(key: string, askedAt: number): boolean {
    const entry = this.#entries.get(key)
    return entry !== undefined && entry.askedAt > askedAt
  }

  put(key: string, entry: Entry): void {
    if (entry.size > this.#maxSize) return
    this.#entries.set(key, entry)
    this.#size += entry.size
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries && this.#size <= this.#maxSize) return
      this.remove(oldest)
    }
  }

  remove(key: string): void {
    this.#size -= this.#entries.get(key)?.size ?? 0
    this.#entries.delete(key)
  }
}
