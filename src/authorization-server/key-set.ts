/** A published key set (RFC 7517 §5), indexed so that no look-up depends on the number of its keys. */

import type { Jwk, JwkSet } from '../contract/documents.ts'
import type { Verifier } from '../crypto/create-verifier.ts'
import { fitnessOf, isForOtherUse } from '../crypto/jwk.ts'
import { ownMembers } from '../lib/own-members.ts'

/** One key for signatures. It is imported at first use, once for each algorithm. */
export interface VerificationKey {
  readonly jwk: Jwk
  /** By algorithm; `undefined` if this runtime cannot verify with the key. */
  readonly imported: Map<string, Verifier | undefined>
}

/** The keys of a set that may have signed a token. */
export interface KeySet {
  /** Includes unverifiable keys: a token that names one is not invalid. */
  readonly keys: readonly VerificationKey[]
  readonly members: ReadonlySet<object>
  readonly byName: ReadonlyMap<string, readonly VerificationKey[]>
  readonly byText: ReadonlyMap<string, VerificationKey>
  /** The `kid` of every entry, usable or not. */
  readonly names: ReadonlySet<string>
  /** How many keys can verify signatures. */
  readonly usable: number
  /** How many entries cannot verify signatures, without those for other uses. */
  readonly skipped: number
}

/** Comparing so few keys takes less time than hashing one. */
const FEW_KEYS = 16

/** Whether a key object is in the set, in constant time for large sets. Part of every cache hit. */
export function hasKey({ keys, members }: KeySet, key: object): boolean {
  if (keys[0] === key) return true
  return keys.length <= FEW_KEYS ? (keys as readonly object[]).includes(key) : members.has(key)
}

/**
 * Indexes a published set. A key whose members equal those of a key of the previous set stays the same
 * object, so that tokens that were verified with it stay valid.
 */
export function createKeySet(set: JwkSet, previous?: KeySet): KeySet {
  const byText = new Map<string, VerificationKey>()
  const byName = new Map<string, VerificationKey[]>()
  const names = new Set<string>()
  let usable = 0
  let others = 0
  for (const jwk of set.keys.map(ownMembers)) {
    const fitness = fitnessOf(jwk)
    if (typeof jwk.kid === 'string') names.add(jwk.kid)
    if (fitness === 'usable') usable += 1
    else if (isForOtherUse(jwk)) others += 1
    if (fitness === 'unusable') continue
    const text = JSON.stringify(jwk)
    if (byText.has(text)) continue
    const key = previous?.byText.get(text) ?? { jwk, imported: new Map() }
    byText.set(text, key)
    if (jwk.kid == null) continue
    const namesakes = byName.get(jwk.kid)
    if (namesakes === undefined) byName.set(jwk.kid, [key])
    else namesakes.push(key)
  }
  const keys = [...byText.values()]
  const skipped = set.keys.length - usable - others
  return { keys, members: new Set(keys), byName, byText, names, usable, skipped }
}
