/** What introspection remembers of tokens, by digest: which were good, and which were not decided. */

import { digestText } from '../crypto/sha256.ts'
import { RecentKeys } from '../lib/recent-keys.ts'

/** What is remembered of one token. */
export interface TokenRecord {
  readonly isGood: boolean
  /** For how many more seconds it stays undecided. */
  readonly undecidedSeconds: number
}

/**
 * Tokens found good lately: no flood of other tokens keeps them from being introspected. Ten minutes
 * outlast the pauses of a session in use. Invented tokens never enter; 10,000 digests take about 2 MB.
 */
const GOOD = { maxKeys: 10_000, seconds: 600 }
/** Tokens that the server gave no usable answer about. A flood displaces only its own. */
const UNDECIDED = { maxKeys: 1000, seconds: 5 }
const UNKNOWN: TokenRecord = { isGood: false, undecidedSeconds: 0 }

export class TokenMemory {
  readonly #good = new RecentKeys(GOOD)
  readonly #undecided = new RecentKeys(UNDECIDED)

  async find(token: string, now: number): Promise<TokenRecord> {
    // Where nothing is remembered no digest is needed.
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

  /** The token is not good any more. */
  async removeGood(token: string): Promise<void> {
    this.#good.delete(await digestText(token))
  }
}
