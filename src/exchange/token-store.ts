/**
 * The exchanged tokens and the rejected exchanges of one process, by the text of the inbound token and the actor.
 * They never leave the process: no store, log or event contains them.
 */

import type { ExchangeFailure } from '../contract/exchange-error.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import { SizedMap } from '../lib/sized-map.ts'
import type { ExchangedToken } from './options.ts'
import type { ProofKey } from './proofs.ts'

/** A token, and what its use depends on. */
export interface Held {
  readonly ok: true
  readonly token: ExchangedToken
  /** The key that the token is bound to. */
  readonly key: ProofKey | undefined
  /** The actor of its exchange. */
  readonly actor: string
}

/** What an exchange led to. */
export type Outcome = Held | ExchangeFailure

interface Entry {
  readonly outcome: Outcome
  readonly startedAt: number
  readonly until: number
  readonly size: number
}

/** In characters, for all tokens together: a token can be as long as a header field. */
const MAX_SIZE = 33_554_432
/** Rejected exchanges have a map of their own: a flood of them displaces no token. */
const MAX_REFUSED = 1000
const MAX_CLEARED = 1000
const REFUSED_SECONDS = 5

export class TokenStore {
  readonly #marginSeconds: number
  readonly #tokens: SizedMap<Entry>
  readonly #rejected = new BoundedMap<Entry>({ maxEntries: MAX_REFUSED })
  /** The last token that the API rejected, so that not every 401 causes an exchange. */
  readonly #dropped = new BoundedMap<{ readonly held: Held; readonly at: number }>({
    maxEntries: MAX_REFUSED,
  })
  /** The number of the last clear of an inbound token. */
  readonly #clears = new Map<string, number>()
  #lastClear = 0
  /** The generation of all other tokens. */
  #generation = 0

  constructor({ maxEntries, marginSeconds }: { maxEntries: number; marginSeconds: number }) {
    this.#marginSeconds = marginSeconds
    this.#tokens = new SizedMap({ maxEntries, maxSize: MAX_SIZE })
  }

  /** Changes with every {@link clear} of the token: what began before it is neither shared nor stored after it. */
  generationOf(inbound: string): number {
    return this.#clears.get(inbound) ?? this.#generation
  }

  find(inbound: string, actor: string, now: number): Outcome | undefined {
    const key = keyOf(inbound, actor)
    return current(this.#tokens.get(key), now) ?? current(this.#rejected.get(key), now)
  }

  /**
   * Stores what an exchange led to. An outage is not stored: the next call tries again.
   *
   * @param endsAt The end of the token or of its subject; `undefined`: the token is not kept.
   */
  add(
    inbound: string,
    actor: string,
    outcome: Outcome,
    { startedAt, endsAt }: { readonly startedAt: number; readonly endsAt: number | undefined },
  ): void {
    const key = keyOf(inbound, actor)
    if (!outcome.ok) {
      if (outcome.code === 'unavailable') return
      this.#tokens.delete(key)
      const until = startedAt + REFUSED_SECONDS
      this.#rejected.set(key, { outcome, startedAt, until, size: 0 })
      return
    }
    this.#rejected.delete(key)
    this.#tokens.delete(key)
    if (endsAt === undefined) return
    const until = endsAt - this.#marginSeconds
    const size = key.length + outcome.token.token.length
    if (until > startedAt) this.#tokens.set(key, { outcome, startedAt, until, size })
  }

  /**
   * Drops a token that the API rejected, unless another one has replaced it.
   *
   * @returns Whether to exchange again: not if this token has itself just replaced a rejected one.
   */
  drop(inbound: string, held: Held, now: number): boolean {
    const key = keyOf(inbound, held.actor)
    const kept = this.#tokens.get(key)?.outcome
    if (kept !== undefined && kept !== held) return true
    const last = this.#dropped.get(key)
    const isRecent = last !== undefined && now >= last.at && now < last.at + REFUSED_SECONDS
    // Concurrent calls are rejected with the same token, and share the next exchange.
    if (isRecent) return last.held === held
    this.#dropped.set(key, { held, at: now })
    this.#tokens.delete(key)
    return true
  }

  /** Forgets an inbound token, with every actor. */
  clear(inbound: string): void {
    if (this.#clears.size >= MAX_CLEARED) {
      // All tokens get a new generation: with an old one, what began before a forgotten clear would be stored.
      this.#generation = this.#lastClear
      this.#clears.clear()
    }
    this.#lastClear += 1
    this.#clears.set(inbound, this.#lastClear)
    const withActors = `${inbound} `
    for (const entries of [this.#tokens, this.#rejected, this.#dropped]) {
      entries.delete(inbound)
      for (const key of entries.keys()) if (key.startsWith(withActors)) entries.delete(key)
    }
  }
}

/** No token contains a space. */
function keyOf(inbound: string, actor: string): string {
  return actor === '' ? inbound : `${inbound} ${actor}`
}

function current(entry: Entry | undefined, now: number): Outcome | undefined {
  // An entry from the future was added before the clock was set back.
  if (entry === undefined || now < entry.startedAt) return undefined
  return now < entry.until ? entry.outcome : undefined
}
