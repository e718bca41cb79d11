/**
 * Stores when credentials that are not in a full cache were presented last. Its memory is bounded: each principal
 * writes to a few slots only, so that a flood of credentials of one principal cannot displace the records of
 * others.
 */

/** Slots in which a credential may be recorded. If all are taken, the oldest record is replaced. */
const SLOTS = 4
/** The number of groups of slots of each principal. */
const GROUPS_PER_PRINCIPAL = 4

export class AbsenceLog {
  readonly #groupMask: number
  readonly #useMask: number
  /** The hash of a credential, plus one. 0: the slot is free. */
  readonly #hashes: Int32Array
  readonly #uses: Int32Array

  /** @param useMask Selects the bits in which uses are counted. */
  constructor(entries: number, useMask: number) {
    const slots = 2 ** Math.max(4, Math.ceil(Math.log2(entries)) + 1)
    this.#groupMask = slots / SLOTS - 1
    this.#useMask = useMask
    this.#hashes = new Int32Array(slots)
    this.#uses = new Int32Array(slots)
  }

  get slots(): number {
    return this.#hashes.length
  }

  /** The uses since the credential was noted; infinite for an unknown one. */
  usesSince(principal: number, credential: number, uses: number): number {
    const first = this.#firstSlotOf(principal, credential)
    for (let slot = first; slot < first + SLOTS; slot++) {
      if (this.#hashes[slot] === credential + 1) return this.#age(slot, uses)
    }
    return Number.POSITIVE_INFINITY
  }

  /**
   * @param usedAt When the credential was presented last.
   * @param uses The uses up to now.
   */
  note(principal: number, credential: number, usedAt: number, uses: number): void {
    const first = this.#firstSlotOf(principal, credential)
    let best = first
    for (let slot = first; slot < first + SLOTS; slot++) {
      if (this.#hashes[slot] === credential + 1) {
        best = slot
        break
      }
      if (this.#age(slot, uses) > this.#age(best, uses)) best = slot
    }
    this.#hashes[best] = credential + 1
    this.#uses[best] = usedAt
  }

  #age(slot: number, uses: number): number {
    if (this.#hashes[slot] === 0) return Number.POSITIVE_INFINITY
    return (uses - (this.#uses[slot] ?? 0)) & this.#useMask
  }

  #firstSlotOf(principal: number, credential: number): number {
    return ((principal + (credential % GROUPS_PER_PRINCIPAL)) & this.#groupMask) * SLOTS
  }
}
