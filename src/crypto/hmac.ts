/** HMAC-SHA-256 under secrets of the configuration. */

import { decodeBase64url, encodeBase64url } from '../lib/base64url.ts'
import { ENCODER } from '../lib/utf8.ts'

const ALGORITHM = { name: 'HMAC', hash: 'SHA-256' }

/** Makes and verifies MACs, and imports each secret once. */
export class Hmac {
  /** As many as the configuration has secrets. No promises: on Workers a request must not await another's. */
  readonly #keys = new Map<string, CryptoKey>()

  /** The MAC of a text, in base64url. */
  async sign(text: string, secret: string): Promise<string> {
    const key = await this.#keyOf(secret)
    return encodeBase64url(
      new Uint8Array(await crypto.subtle.sign('HMAC', key, ENCODER.encode(text))),
    )
  }

  /** Whether a base64url text is the MAC of a text. Takes the same time for every wrong MAC. */
  async verify(text: string, mac: string, secret: string): Promise<boolean> {
    const bytes = decodeBase64url(mac)
    if (bytes === undefined) return false
    return crypto.subtle.verify('HMAC', await this.#keyOf(secret), bytes, ENCODER.encode(text))
  }

  async #keyOf(secret: string): Promise<CryptoKey> {
    const known = this.#keys.get(secret)
    if (known !== undefined) return known
    const usages: KeyUsage[] = ['sign', 'verify']
    const key = await crypto.subtle.importKey(
      'raw',
      ENCODER.encode(secret),
      ALGORITHM,
      false,
      usages,
    )
    this.#keys.set(secret, key)
    return key
  }
}
