/**
 * The keys of DPoP proofs. The token contains the thumbprint of its key; only a key with that thumbprint
 * is imported. It is kept, so that the next proof of the same client costs one signature check only.
 */

import { createVerifier, type Verifier } from '../crypto/create-verifier.ts'
import { importPublicKey } from '../crypto/import-key.ts'
import { digestText } from '../crypto/sha256.ts'
import { isCanonicalBase64url } from '../lib/base64url.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import { copyOfText } from '../lib/held-bytes.ts'
import type { JsonObject } from '../lib/json.ts'
import { ownMember } from '../lib/own-members.ts'
import { fail, type Result, succeed } from '../lib/result.ts'

interface KnownKey {
  /** The members that make the thumbprint, as text. A different text is a different key. */
  readonly text: string
  readonly verifiers: Map<string, Verifier>
  /** The header of the latest proof: a client repeats it in every proof. */
  latest?: KnownHeader | undefined
}

/** The header of a proof that passed all checks of headers, and the key in it. */
export interface KnownHeader {
  /** Its text in base64url. */
  readonly segment: string
  readonly header: Readonly<JsonObject>
  readonly verify: Verifier
}

type Members = Record<string, string>

/** The first one: not the key of this thumbprint. The second one: not a public key that can be imported. */
export type ProofKeyProblem = 'binding_mismatch' | 'dpop_proof_invalid'

/** One takes about 2 kB with the header. A key that was dropped is imported again. */
const MAX_KEYS = 5000

/** Longer headers contain certificates. Those with an RSA key of 4096 bits have 1,000 characters. */
const MAX_HEADER_LENGTH = 1200

/** RFC 7638 §3.2: the members that make the thumbprint, in the order in which they are hashed. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
}

export class ProofKeys {
  /** By thumbprint; the key that was used longest ago is dropped first. */
  readonly #known = new BoundedMap<KnownKey>({ maxEntries: MAX_KEYS })

  /** The verifier of the key, if it is the key with this thumbprint. */
  async find(
    jwk: JsonObject,
    algorithm: string,
    thumbprint: string,
  ): Promise<Result<Verifier, ProofKeyProblem>> {
    const members = membersOf(jwk)
    if (members === undefined) return fail('dpop_proof_invalid')
    const text = JSON.stringify(members)
    const known = this.#known.get(thumbprint)
    // RFC 7638 §3: a thumbprint is the digest of exactly this text.
    const isMatch =
      known === undefined ? (await digestText(text)) === thumbprint : known.text === text
    if (!isMatch) return fail('binding_mismatch')
    const verify = known?.verifiers.get(algorithm) ?? (await importVerifier(members, algorithm))
    if (verify === undefined) return fail('dpop_proof_invalid')
    this.#store(thumbprint, text, algorithm, verify)
    return succeed(verify)
  }

  /** The header with this text, if a proof of the key with this thumbprint had it last. */
  knownHeader(segment: string, thumbprint: string): KnownHeader | undefined {
    const known = this.#known.get(thumbprint)
    if (known?.latest?.segment !== segment) return undefined
    this.#known.set(thumbprint, known)
    return known.latest
  }

  /** Keeps a header whose key was found before. A copy of its text: a part of a text keeps all of it in memory. */
  keepHeader(found: KnownHeader, thumbprint: string): void {
    const known = this.#known.get(thumbprint)
    if (known === undefined || found.segment.length > MAX_HEADER_LENGTH) return
    known.latest = { ...found, segment: copyOfText(found.segment) }
  }

  #store(thumbprint: string, text: string, algorithm: string, verify: Verifier): void {
    const known = this.#known.get(thumbprint) ?? { text, verifiers: new Map() }
    known.verifiers.set(algorithm, verify)
    this.#known.set(thumbprint, known)
  }
}

async function importVerifier(members: Members, algorithm: string): Promise<Verifier | undefined> {
  const key = await importPublicKey(members, algorithm)
  return key === undefined ? undefined : createVerifier(key, algorithm)
}

function membersOf(jwk: JsonObject): Members | undefined {
  const names = ownMember(MEMBERS, String(jwk['kty']))
  if (names === undefined) return undefined
  const members: Members = {}
  for (const name of names) {
    const value = jwk[name]
    if (typeof value !== 'string' || value === '') return undefined
    // `x`, `y`, `n` and `e` are numbers in base64url.
    if (name.length === 1 && !isCanonicalBase64url(value)) return undefined
    members[name] = value
  }
  return members
}
