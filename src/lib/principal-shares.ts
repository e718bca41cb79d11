/** How much of a cache each principal holds. */

/** The owner of entries. One principal cannot displace the entries of all others. */
export interface Principal {
  readonly issuer: string
  readonly holder: string
}

/** Of a long name, the last characters differ most. */
const HASHED_CHARACTERS = 64

/** Not 0. */
export function hashOfPrincipal({ issuer, holder }: Principal, seed: number): number {
  let hash = mixText(mixText(seed, issuer), holder)
  hash ^= hash >>> 16
  return hash === 0 ? 1 : hash
}

function mixText(seed: number, text: string): number {
  let hash = Math.imul(seed + text.length + 1, 0x85ebca6b)
  for (let index = Math.max(0, text.length - HASHED_CHARACTERS); index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return hash
}

const FIRST_SLOTS = 32
/** The part of the slots that principals may take. */
const MAX_LOAD = 0.8

/**
 * A table of numbers: a `Map` takes several times the memory. Principals with the same hash share a count. That is
 * acceptable, because equal hashes occur once in billions, and a client cannot compute them.
 */
export class PrincipalShares {
  /** 0: the slot is free. */
  #hashes = new Int32Array(FIRST_SLOTS)
  #shares = new Int32Array(FIRST_SLOTS)
  #size = 0

  /** How many principals fit before the table grows, and a quarter more. */
  get slots(): number {
    return this.#hashes.length
  }

  of(principal: number): number {
    return this.#shares[this.#slotOf(principal)] ?? 0
  }

  change(principal: number, by: number): void {
    const slot = this.#slotOf(principal)
    const share = (this.#shares[slot] ?? 0) + by
    if (this.#hashes[slot] === 0) {
      if (share <= 0) return
      this.#size += 1
    }
    this.#hashes[slot] = principal
    this.#shares[slot] = Math.max(0, share)
    if (this.#size > this.#hashes.length * MAX_LOAD) this.#resize()
  }

  /** The slot of a principal, or the free one where it belongs. */
  #slotOf(principal: number): number {
    const mask = this.#hashes.length - 1
    let slot = principal & mask
    while (this.#hashes[slot] !== 0 && this.#hashes[slot] !== principal) slot = (slot + 1) & mask
    return slot
  }

  /** Drops principals without a share. */
  #resize(): void {
    const [hashes, shares] = [this.#hashes, this.#shares]
    const held = shares.filter((share) => share > 0).length
    const slots = held > hashes.length / 2 ? hashes.length * 2 : hashes.length
    this.#hashes = new Int32Array(slots)
    this.#shares = new Int32Array(slots)
    this.#size = 0
    for (const [index, principal] of hashes.entries()) this.change(principal, shares[index] ?? 0)
  }
}
