/**
 * Digests of recently introspected tokens: tokens that were accepted, and tokens without a usable
 * response.
 */

import { digestText } from '../crypto/sha256.ts'
import { RecentKeys } from '../lib/recent-keys.ts'

/** The record of one token. */
interface TokenRecord {
  /** Whether the token was accepted recently. */
  readonly isGood: boolean
  /** The seconds until the token is introspected again. */
  readonly undecidedSeconds: number
}

/**
 * Tokens that were accepted recently: they are introspected even during a flood of invalid tokens.
 * Sessions in use pause for less than ten minutes. 10,000 digests take about 2 MB.
 */
const GOOD = { maxKeys: 10_000, seconds: 600 }
/** Tokens without a usable response. A flood of them displaces only entries of this list. */
const UNDECIDED = { maxKeys: 1000, seconds: 5 }
const UNKNOWN: TokenRecord = { isGood: false, undecidedSeconds: 0 }

/** The records of one server's tokens, by digest. */
export class TokenMemory {
  readonly #good = new RecentKeys(GOOD)
  readonly #undecided = new RecentKeys(UNDECIDED)

  async find(token: string, now: number): Promise<TokenRecord> {
    // No digest is needed while both lists are empty.
    if (this.#good.isEmpty && this.#undecided.isEmpty) return UNKNOWN
    const digest = await digestText(token)
    return {
      isGood: this.#good.secondsLeft(digest, now) > 0,
      undecidedSeconds: this.#undecided.secondsLeft(digest, now),
    }
  }

  async addGood(token: string, now: number): Promise<void> {
    this.#good.add(await digestText(token), now)
  }

  async addUndecided(token: string, now: number): Promise<void> {
    this.#undecided.add(await digestText(token), now)
  }

  /** Called when an accepted token is rejected. */
  async removeGood(token: string): Promise<void> {
    this.#good.delete(await digestText(token))
  }
}
