/** A published key set (RFC 7517 §5), sorted so that no look-up depends on how many keys it has. */

import type { Jwk, JwkSet } from '../contract/documents.ts'
import { fitnessOf, isForOtherUse } from '../crypto/jwk.ts'
import { ownMembers } from '../lib/own-members.ts'

/** One key for signatures. Imported at first use, once for each algorithm, and kept as long as its set. */
export interface VerificationKey {
  readonly jwk: Jwk
  /** By algorithm; `undefined` under one that this runtime cannot verify with the key. */
  readonly imported: Map<string, CryptoKey | undefined>
}

/** The keys of a set that may have signed a token, and the names of all of them. */
export interface KeySet {
  /** Keys that cannot be verified with are among them: their tokens are not bad. */
  readonly keys: readonly VerificationKey[]
  readonly members: ReadonlySet<object>
  readonly byName: ReadonlyMap<string, readonly VerificationKey[]>
  readonly byText: ReadonlyMap<string, VerificationKey>
  readonly names: ReadonlySet<string>
  /** How many keys can verify signatures. */
  readonly usable: number
  /** How many keys were left out though they claim to be for signatures. */
  readonly skipped: number
}

/**
 * Sorts a published set: what can verify signatures, and what only claims to. A key that the previous
 * set had, member for member, stays the same object, and what was verified with it stays verified.
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
