/**
 * Nonces for DPoP proofs (RFC 9449 §9) that nobody has to remember: each holds the second it was
 * issued and an HMAC over that and the resource, so any machine with the secret can judge it.
 */

import { encodeBase64url } from '../lib/base64url.ts'

export interface DpopNonceOptions {
  /** Nonces of one resource mean nothing to another. */
  readonly resource: string
  /** The first makes nonces, all of them are accepted. */
  readonly secrets: readonly string[]
  readonly lifetimeSeconds: number
}

/** `ageing`: still good, but the client should have the next one. */
export type NonceVerdict = 'fresh' | 'ageing' | 'refused'

/** Clocks of machines that share a secret may disagree by this much. */
const SKEW_SECONDS = 30
/** Nonces at hand, by second and secret. Most requests bring one of these, at no cost. */
const MAX_REMEMBERED = 1024
const HMAC = { name: 'HMAC', hash: 'SHA-256' }
const FORM = /^([0-9a-z]{1,9})\.[A-Za-z0-9_-]{43}$/
const UTF8 = new TextEncoder()

export class DpopNonces {
  readonly #options: DpopNonceOptions
  /** Imported once; never a promise, which on Workers would belong to the request that made it. */
  readonly #keys = new Map<string, CryptoKey>()
  readonly #made = new Map<string, string>()

  constructor(options: DpopNonceOptions) {
    this.#options = options
  }

  /** The nonce of this second. */
  issue(now: number): Promise<string> {
    return this.#make(Math.floor(now), 0)
  }

  /** Judges what a proof brought. Whatever is not one of our own, and young enough, is refused. */
  async judge(nonce: unknown, now: number): Promise<NonceVerdict> {
    const match = typeof nonce === 'string' ? FORM.exec(nonce) : null
    if (match === null) return 'refused'
    const issuedAt = Number.parseInt(match[1] ?? '', 36)
    const { lifetimeSeconds, secrets } = this.#options
    const age = now - issuedAt
    if (age < -SKEW_SECONDS || age >= lifetimeSeconds) return 'refused'
    for (const index of secrets.keys()) {
      if (isSame(await this.#make(issuedAt, index), match[0])) {
        // An older secret is on its way out, and with it what it made.
        return age >= lifetimeSeconds / 2 || index > 0 ? 'ageing' : 'fresh'
      }
    }
    return 'refused'
  }

  async #make(second: number, secretIndex: number): Promise<string> {
    const name = `${secretIndex}.${second}`
    const known = this.#made.get(name)
    if (known !== undefined) return known
    const key = await this.#keyOf(this.#options.secrets[secretIndex] ?? '')
    const text = JSON.stringify(['dpop-nonce', this.#options.resource, second])
    const mac = await crypto.subtle.sign('HMAC', key, UTF8.encode(text))
    const nonce = `${second.toString(36)}.${encodeBase64url(new Uint8Array(mac))}`
    if (this.#made.size >= MAX_REMEMBERED) this.#forgetOldest()
    this.#made.set(name, nonce)
    return nonce
  }

  #forgetOldest(): void {
    for (const name of this.#made.keys()) {
      this.#made.delete(name)
      return
    }
  }

  async #keyOf(secret: string): Promise<CryptoKey> {
    const known = this.#keys.get(secret)
    if (known !== undefined) return known
    const key = await crypto.subtle.importKey('raw', UTF8.encode(secret), HMAC, false, ['sign'])
    this.#keys.set(secret, key)
    return key
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
