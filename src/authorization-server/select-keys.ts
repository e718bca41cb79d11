/** Which keys of an issuer may have signed a token (RFC 7517), and how they are imported. */

import type { Jwk } from '../contract/documents.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import { createVerifier, type Verifier } from '../crypto/create-verifier.ts'
import { canVerifyWith, importPublicKey } from '../crypto/import-key.ts'
import { fitsAlgorithm, isUsableKey } from '../crypto/jwk.ts'
import { fail, type Result } from '../lib/result.ts'
import type { KeySet, VerificationKey } from './key-set.ts'

/** The parts of a token that select its key. */
export interface KeyQuery {
  readonly algorithm: string
  readonly kid: string | undefined
  readonly issuer: string
  /** When the token arrived. Only a fetch that began later proves that its key does not exist. */
  readonly arrivedAt: number
  /** The copy that was in use at that time, because a clock may show one time for two events. */
  readonly copyThen?: object | undefined
}

export type KeysResult = Result<readonly VerificationKey[], RejectionReason>

/** What a `KeySource` depends on. */
export interface KeyRules {
  readonly now: () => number
  /** Whether a key with this `issuer` member is accepted in a set of this server (Entra). */
  readonly acceptsKeyIssuer: (keyIssuer: unknown, tokenIssuer: string) => boolean
  /** Called when a key may exist but cannot be fetched now, and when this runtime turns out not to support a key. */
  readonly report: (outcome: 'key_undecided' | 'key_skipped') => void
}

/** How many keys a token without `kid` is tried against. */
const MAX_CANDIDATES = 16
/** One fetch for unknown keys every 15 seconds, after a burst; also the `Retry-After` meanwhile. */
export const SECONDS_PER_FETCH = 15

export const NO_SUCH_KEY = /* @__PURE__ */ fail<RejectionReason>({ code: 'token_key' })

/** This runtime cannot verify with the key that the token names, so the token may be valid. */
export const UNVERIFIABLE = /* @__PURE__ */ fail<RejectionReason>({
  code: 'unavailable',
  retryAfterSeconds: SECONDS_PER_FETCH,
})

/** The keys of a set that may have signed a token, without those that were `tried`. */
export function selectKeys(
  set: KeySet,
  query: KeyQuery,
  { acceptsKeyIssuer }: KeyRules,
  tried: readonly VerificationKey[] = [],
): readonly VerificationKey[] {
  const named = query.kid === undefined ? set.keys : (set.byName.get(query.kid) ?? [])
  const fits = ({ jwk }: VerificationKey): boolean => {
    const keyIssuer = jwk['issuer']
    const isAccepted = keyIssuer == null || acceptsKeyIssuer(keyIssuer, query.issuer)
    return isAccepted && fitsAlgorithm(jwk, query.algorithm)
  }
  const [only] = named
  // The usual case, without two more lists.
  if (only !== undefined && named.length === 1 && tried.length === 0) return fits(only) ? named : []
  return named.filter((key) => !tried.includes(key) && fits(key)).slice(0, MAX_CANDIDATES)
}

/** Imports a key once for each algorithm, and reports once that it cannot be used. */
export async function importVerificationKey(
  key: VerificationKey,
  algorithm: string,
  { report }: KeyRules,
): Promise<Verifier | undefined> {
  if (key.imported.has(algorithm)) return key.imported.get(algorithm)
  const usable = await importUsable(key.jwk, algorithm)
  // Concurrent requests import the same key; only the first one to finish reports it.
  if (usable === undefined && !key.imported.has(algorithm)) report('key_skipped')
  key.imported.set(algorithm, usable)
  return usable
}

async function importUsable(jwk: Jwk, algorithm: string): Promise<Verifier | undefined> {
  if (!isUsableKey(jwk)) return undefined
  const key = await importPublicKey(jwk, algorithm)
  const isFit = key !== undefined && (await canVerifyWith(key, algorithm))
  return isFit ? createVerifier(key, algorithm) : undefined
}
