/**
 * Nonces for DPoP proofs (RFC 9449 §9) without a store: each contains the second of its issue and an
 * HMAC over that second and the resource, so every machine with the secret can check it.
 */

import { Hmac } from '../crypto/hmac.ts'
import { BoundedMap } from '../lib/bounded-map.ts'

interface DpopNonceOptions {
  /** A nonce is valid for one resource only. */
  readonly resource: string
  /** The first one makes nonces; nonces of all of them are accepted. */
  readonly secrets: readonly string[]
  readonly lifetimeSeconds: number
}

/** `ageing`: still accepted, but the response carries the next nonce. */
export type NonceCheck = 'fresh' | 'ageing' | 'rejected'

/** How far the clocks of machines that share a secret or a store may differ. */
export const SKEW_SECONDS = 30
/** Nonces kept by second and secret. Most requests bring one of them, which then costs no HMAC. */
const MAX_NONCES = 1024
const FORM = /^([0-9a-z]{1,9})\.[A-Za-z0-9_-]{43}$/

export class DpopNonces {
  readonly #options: DpopNonceOptions
  readonly #hmac = new Hmac()
  readonly #nonces = new BoundedMap<string>({ maxEntries: MAX_NONCES })

  constructor(options: DpopNonceOptions) {
    this.#options = options
  }

  /** The nonce of this second. */
  issue(now: number): Promise<string> {
    return this.#nonceOf(Math.floor(now), 0)
  }

  /** Checks the `nonce` of a proof: rejected unless it was issued here and has not expired. */
  async check(nonce: unknown, now: number): Promise<NonceCheck> {
    const match = typeof nonce === 'string' ? FORM.exec(nonce) : null
    if (match === null) return 'rejected'
    const issuedAt = Number.parseInt(match[1] ?? '', 36)
    const { lifetimeSeconds, secrets } = this.#options
    const age = now - issuedAt
    if (age < -SKEW_SECONDS || age >= lifetimeSeconds) return 'rejected'
    for (const index of secrets.keys()) {
      if (isSame(await this.#nonceOf(issuedAt, index), match[0])) {
        // The nonce of an older secret is replaced before that secret is removed.
        return age >= lifetimeSeconds / 2 || index > 0 ? 'ageing' : 'fresh'
      }
    }
    return 'rejected'
  }

  async #nonceOf(second: number, secretIndex: number): Promise<string> {
    const name = `${secretIndex}.${second}`
    const known = this.#nonces.get(name)
    if (known !== undefined) return known
    const text = JSON.stringify(['dpop-nonce', this.#options.resource, second])
    const mac = await this.#hmac.sign(text, this.#options.secrets[secretIndex] ?? '')
    const nonce = `${second.toString(36)}.${mac}`
    this.#nonces.set(name, nonce)
    return nonce
  }
}

/** Takes as long for a wrong nonce as for the right one. */
function isSame(one: string, other: string): boolean {
  let difference = one.length ^ other.length
  for (let index = 0; index < one.length; index++) {
    difference |= one.charCodeAt(index) ^ other.charCodeAt(index)
  }
  return difference === 0
}
