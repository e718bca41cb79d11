/**
 * Which proofs were seen before (RFC 9449 §11.1). A guard that does not know says so: it never lets
 * a proof pass because its memory was full or its store did not answer.
 */

import { isWorkers, type ReplayStore } from '../contract/ports.ts'
import { digestText } from '../crypto/sha256.ts'
import { within } from '../documents/request-budget.ts'

/** `undecided`: the store failed, or has no room. */
export type ReplayVerdict = 'new' | 'seen' | 'undecided'

/** A proof to be spent, until when it could be used again, and on whose behalf. */
export interface SpentProof {
  /** What makes it the one it is, as text. */
  readonly proof: string
  /** Seconds since the epoch. */
  readonly expiresAt: number
  readonly principal: string
}

export interface ReplayGuard {
  /** Spends a proof; of several attempts at the same one, exactly one finds it new. */
  spend(proof: SpentProof, now: number): ReplayVerdict | Promise<ReplayVerdict>
}

/** A store that takes longer than this is as good as down. */
const STORE_TIMEOUT_MS = 2000
const MAX_ENTRIES = 200_000
/** An isolate has 128 MB, for everything. */
const MAX_ENTRIES_ON_WORKERS = 20_000
/** One principal may fill this much; beyond it only that principal is turned away. */
const PRINCIPAL_SHARE = 0.05

/** What a proof takes in memory is not its sender's to choose: longer ones are kept as digests. */
const MAX_TEXT_LENGTH = 256

/** Guards with the application's store, or with the memory of this isolate. */
export function createReplayGuard(store: ReplayStore | undefined): ReplayGuard {
  if (store !== undefined) return { spend: (spent) => askStore(store, spent) }
  const memory = new MemoryReplay()
  return {
    spend: (spent, now) =>
      spent.proof.length > MAX_TEXT_LENGTH
        ? spendDigest(spent, memory, now)
        : memory.spend(spent, now),
  }
}

async function spendDigest(
  spent: SpentProof,
  memory: MemoryReplay,
  now: number,
): Promise<ReplayVerdict> {
  return memory.spend({ ...spent, proof: await digestText(spent.proof) }, now)
}

/** Remembers proofs in this isolate alone, within bounds. */
export class MemoryReplay implements ReplayGuard {
  readonly #maxEntries: number | undefined
  readonly #proofs = new Set<string>()
  readonly #counts = new Map<string, number>()
  /** What expires in the same second goes together, so that no request pays for many. */
  readonly #bySecond = new Map<number, SpentProof[]>()
  #sweptAt = 0
  /** The latest expiry of all that was forgotten. */
  #forgottenTo = 0

  constructor(maxEntries?: number) {
    this.#maxEntries = maxEntries
  }

  get size(): number {
    return this.#proofs.size
  }

  spend(spent: SpentProof, now: number): ReplayVerdict {
    const { proof, expiresAt, principal } = spent
    this.#sweep(now)
    if (this.#proofs.has(proof)) return 'seen'
    // It may have been forgotten: only a clock that has gone back makes such a proof good again.
    if (Math.ceil(expiresAt) <= this.#forgottenTo) return 'undecided'
    const most = this.#maxEntries ?? (isWorkers() ? MAX_ENTRIES_ON_WORKERS : MAX_ENTRIES)
    const held = this.#counts.get(principal) ?? 0
    if (this.#proofs.size >= most || held >= Math.max(1, most * PRINCIPAL_SHARE)) {
      return 'undecided'
    }
    this.#proofs.add(proof)
    this.#counts.set(principal, held + 1)
    const second = Math.ceil(expiresAt)
    const companions = this.#bySecond.get(second)
    if (companions === undefined) this.#bySecond.set(second, [spent])
    else companions.push(spent)
    return 'new'
  }

  /** At most once a second; there are never more seconds here than twice the window. */
  #sweep(now: number): void {
    const second = Math.floor(now)
    if (second === this.#sweptAt) return
    this.#sweptAt = second
    for (const [expiry, spent] of this.#bySecond) {
      if (expiry >= second) continue
      this.#bySecond.delete(expiry)
      this.#forgottenTo = Math.max(this.#forgottenTo, expiry)
      for (const each of spent) this.#forget(each)
    }
  }

  #forget({ proof, principal }: SpentProof): void {
    this.#proofs.delete(proof)
    const held = this.#counts.get(principal) ?? 0
    if (held > 1) this.#counts.set(principal, held - 1)
    else this.#counts.delete(principal)
  }
}

async function askStore(
  store: ReplayStore,
  { proof, expiresAt }: SpentProof,
): Promise<ReplayVerdict> {
  try {
    // Nothing of the proof can be read from what leaves the process.
    const key = await digestText(proof)
    const added: unknown = await within<unknown>(
      // A store that throws instead of rejecting fails here too.
      Promise.resolve(store.add(key, expiresAt)),
      STORE_TIMEOUT_MS,
      () => undefined,
    )
    if (added === true) return 'new'
    return added === false ? 'seen' : 'undecided'
  } catch {
    return 'undecided'
  }
}
