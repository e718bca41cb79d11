/**
 * Detects DPoP proofs that were used before (RFC 9449 §11.1). A guard whose memory is full or whose store
 * fails reports `undecided`; it never accepts the proof.
 */

import { isWorkers, type ReplayStore } from '../contract/ports.ts'
import { digestText } from '../crypto/sha256.ts'
import { within } from '../lib/within.ts'
import { SKEW_SECONDS } from './dpop-nonce.ts'

/** `undecided`: the store failed, or the memory is full. */
type ReplayCheck = 'new' | 'seen' | 'undecided'

/** One use of a proof. */
interface ProofUse {
  /** The text that identifies the proof. */
  readonly proof: string
  /** When the proof ceases to be acceptable, in seconds since the epoch. */
  readonly expiresAt: number
  /** The principal whose share of the memory it uses. */
  readonly principal: string
}

export interface ReplayGuard {
  /** Consumes a proof. Of several attempts with the same proof, exactly one gets `new`. */
  consume(use: ProofUse, now: number): Promise<ReplayCheck>
}

/** A store that takes longer counts as failed. */
const STORE_TIMEOUT_MS = 2000
const MAX_ENTRIES = 200_000
/** An isolate has 128 MB for everything. */
const MAX_ENTRIES_ON_WORKERS = 20_000
/** The share of one principal; beyond it only the proofs of that principal are undecided. */
const PRINCIPAL_SHARE = 0.05
/** Longer texts are kept as digests, so that a sender does not decide how much memory a proof takes. */
const MAX_TEXT_LENGTH = 256

/** A guard with the application's store or, without one, with the memory of this isolate. */
export function createReplayGuard(store: ReplayStore | undefined): ReplayGuard {
  if (store !== undefined) return { consume: (use) => consumeInStore(store, use) }
  const memory = new MemoryReplay()
  return { consume: (use, now) => consumeInMemory(memory, use, now) }
}

/** Stores the proofs that this isolate has seen, within bounds. */
export class MemoryReplay {
  readonly #maxEntries: number | undefined
  readonly #proofs = new Set<string>()
  readonly #counts = new Map<string, number>()
  /** By the second of their expiry, so that one request never has to look through all of them. */
  readonly #bySecond = new Map<number, ProofUse[]>()
  #sweptAt = 0
  /** The latest expiry of all proofs that were removed. */
  #removedUntil = 0

  constructor(maxEntries?: number) {
    this.#maxEntries = maxEntries
  }

  get size(): number {
    return this.#proofs.size
  }

  consume(use: ProofUse, now: number): ReplayCheck {
    const { proof, expiresAt, principal } = use
    this.#sweep(now)
    if (this.#proofs.has(proof)) return 'seen'
    const second = Math.ceil(expiresAt)
    const maxEntries = this.#maxEntries ?? (isWorkers() ? MAX_ENTRIES_ON_WORKERS : MAX_ENTRIES)
    const count = this.#counts.get(principal) ?? 0
    const isFull =
      this.#proofs.size >= maxEntries || count >= Math.max(1, maxEntries * PRINCIPAL_SHARE)
    // A proof that expires so early may have been seen and removed. It is acceptable again only if the clock has gone back.
    if (isFull || second <= this.#removedUntil) return 'undecided'
    this.#proofs.add(proof)
    this.#counts.set(principal, count + 1)
    const sameSecond = this.#bySecond.get(second)
    if (sameSecond === undefined) this.#bySecond.set(second, [use])
    else sameSecond.push(use)
    return 'new'
  }

  /** Runs at most once a second. There are never more seconds in the map than twice the window. */
  #sweep(now: number): void {
    const second = Math.floor(now)
    if (second === this.#sweptAt) return
    this.#sweptAt = second
    for (const [expiry, uses] of this.#bySecond) {
      if (expiry >= second) continue
      this.#bySecond.delete(expiry)
      this.#removedUntil = Math.max(this.#removedUntil, expiry)
      for (const use of uses) this.#remove(use)
    }
  }

  #remove({ proof, principal }: ProofUse): void {
    this.#proofs.delete(proof)
    const count = this.#counts.get(principal) ?? 0
    if (count > 1) this.#counts.set(principal, count - 1)
    else this.#counts.delete(principal)
  }
}

async function consumeInMemory(
  memory: MemoryReplay,
  use: ProofUse,
  now: number,
): Promise<ReplayCheck> {
  if (use.proof.length <= MAX_TEXT_LENGTH) return memory.consume(use, now)
  return memory.consume({ ...use, proof: await digestText(use.proof) }, now)
}

async function consumeInStore(
  store: ReplayStore,
  { proof, expiresAt }: ProofUse,
): Promise<ReplayCheck> {
  try {
    // A digest: nothing of the proof leaves the process.
    const key = await digestText(proof)
    // A machine whose clock is behind accepts the proof for longer.
    const until = expiresAt + SKEW_SECONDS
    const added: unknown = await within<unknown>(
      // A store that throws instead of rejecting fails here, too.
      Promise.resolve(store.add(key, until)),
      STORE_TIMEOUT_MS,
      () => undefined,
    )
    if (added === true) return 'new'
    return added === false ? 'seen' : 'undecided'
  } catch {
    return 'undecided'
  }
}
