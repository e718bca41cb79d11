/**
 * The keys of DPoP proofs. The thumbprint in the token says which key it must be; only a key that
 * has it is imported, and then kept, so that a client's next proof costs one signature and no more.
 */

import { importPublicKey } from '../crypto/import-key.ts'
import { digestText } from '../crypto/sha256.ts'
import { isCanonicalBase64url } from '../lib/base64url.ts'
import type { JsonObject } from '../lib/json.ts'

interface KnownKey {
  /** The members that make the thumbprint, as text. Other text, other key. */
  readonly text: string
  readonly imported: Map<string, CryptoKey>
}

type Members = Record<string, string>
type FoundKey = CryptoKey | 'other' | 'unusable'

/** Keys at hand; one takes about 1 kB, and one that was pushed out is simply imported again. */
const MAX_KEYS = 5000

/** RFC 7638 §3.2: what a key is, in the order in which it is hashed. Anything else is decoration. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
}

export class ProofKeys {
  readonly #known = new Map<string, KnownKey>()

  /**
   * The key to verify a proof with, if it is the one with this thumbprint.
   *
   * @returns `'other'` for another key, `'unusable'` for what cannot be imported. At once for one that
   * is known.
   */
  find(jwk: JsonObject, algorithm: string, thumbprint: string): FoundKey | Promise<FoundKey> {
    const members = membersOf(jwk)
    if (members === undefined) return 'unusable'
    const text = JSON.stringify(members)
    const known = this.#known.get(thumbprint)
    if (known === undefined) return this.#learn(members, text, algorithm, thumbprint)
    if (known.text !== text) return 'other'
    const key = known.imported.get(algorithm)
    if (key === undefined) return this.#import(members, text, algorithm, thumbprint)
    this.#keep(thumbprint, text, algorithm, key)
    return key
  }

  async #learn(
    members: Members,
    text: string,
    algorithm: string,
    thumbprint: string,
  ): Promise<FoundKey> {
    // RFC 7638 §3: a thumbprint is the digest of exactly this text.
    if ((await digestText(text)) !== thumbprint) return 'other'
    return this.#import(members, text, algorithm, thumbprint)
  }

  async #import(
    members: Members,
    text: string,
    algorithm: string,
    thumbprint: string,
  ): Promise<FoundKey> {
    const key = await importPublicKey(members, algorithm)
    if (key === undefined) return 'unusable'
    this.#keep(thumbprint, text, algorithm, key)
    return key
  }

  /** The last one asked for is the last one to go. */
  #keep(thumbprint: string, text: string, algorithm: string, key: CryptoKey): void {
    const known = this.#known.get(thumbprint) ?? { text, imported: new Map() }
    known.imported.set(algorithm, key)
    this.#known.delete(thumbprint)
    for (const oldest of this.#known.keys()) {
      if (this.#known.size < MAX_KEYS) break
      this.#known.delete(oldest)
    }
    this.#known.set(thumbprint, known)
  }
}

function membersOf(jwk: JsonObject): Members | undefined {
  const { kty } = jwk
  const names = typeof kty === 'string' && Object.hasOwn(MEMBERS, kty) ? MEMBERS[kty] : undefined
  if (names === undefined) return undefined
  const members: Members = {}
  for (const name of names) {
    const value = jwk[name]
    if (typeof value !== 'string' || value === '') return undefined
    if (name.length === 1 && !isCanonicalBase64url(value)) return undefined
    members[name] = value
  }
  return members
}
