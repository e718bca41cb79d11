/** Where the keys of one issuer come from (RFC 7517), and which of them may have signed a token. */

import type { Jwk } from '../contract/documents.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import { createVerifier, type Verifier } from '../crypto/create-verifier.ts'
import { canVerifyWith, importPublicKey } from '../crypto/import-key.ts'
import { fitsAlgorithm, isUsableKey } from '../crypto/jwk.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import { fail, type Result } from '../lib/result.ts'
import type { TokenBucket } from '../lib/token-bucket.ts'
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

/** The keys of one issuer: {@link GivenKeys} or {@link FetchedKeys}. */
export interface KeySource {
  /** The same keys for another kind of token, whose unknown keys must not use up the fetches of access tokens. */
  withBudget(budget: TokenBucket): KeySource

  /** The arrival of a token, now. */
  arrival(): Pick<KeyQuery, 'arrivedAt' | 'copyThen'>

  /**
   * Whether a key is in the set in use; what was verified with a removed key is no longer valid. Never
   * waits: `false` also if the set must be fetched first.
   */
  has(key: object | undefined, now: number, budget?: RequestBudget | undefined): boolean

  /**
   * Finds the keys that may have signed a token.
   *
   * Fails with
   * - `token_key` — the issuer has no such key now
   * - `unavailable` — the issuer cannot be reached to find out
   */
  find(query: KeyQuery, budget: RequestBudget): Promise<KeysResult>

  /**
   * Finds further keys after none of the `tried` keys fitted the signature: a new key may have no `kid`,
   * or the `kid` of an old key. Fails as `find` does.
   */
  findOthers(
    query: KeyQuery,
    tried: readonly VerificationKey[],
    budget: RequestBudget,
  ): Promise<KeysResult>

  /** Imports a key for one algorithm; `undefined` if this runtime cannot verify signatures with it. */
  importKey(key: VerificationKey, algorithm: string): Promise<Verifier | undefined>
}

/** What both implementations need. */
export interface KeySourceOptions {
  readonly now: () => number
  /** Whether a key with this `issuer` member is accepted in a set of this server (Entra). */
  readonly acceptsKeyIssuer: (keyIssuer: unknown, tokenIssuer: string) => boolean
  /** Called when a key may exist but cannot be fetched now. */
  readonly reportUndecided: () => void
  /** Called when this runtime turns out not to support a key. */
  readonly reportSkipped: () => void
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
  { acceptsKeyIssuer }: KeySourceOptions,
  tried: readonly VerificationKey[] = [],
): readonly VerificationKey[] {
  const named = query.kid === undefined ? set.keys : (set.byName.get(query.kid) ?? [])
  const fits = ({ jwk }: VerificationKey): boolean => {
    const keyIssuer = jwk['issuer']
    const isAccepted = keyIssuer == null || acceptsKeyIssuer(keyIssuer, query.issuer)
    return isAccepted && fitsAlgorithm(jwk, query.algorithm)
  }
  return named.filter((key) => !tried.includes(key) && fits(key)).slice(0, MAX_CANDIDATES)
}

/** Imports a key once for each algorithm, and reports once that it cannot be used. */
export async function importVerificationKey(
  key: VerificationKey,
  algorithm: string,
  { reportSkipped }: KeySourceOptions,
): Promise<Verifier | undefined> {
  if (key.imported.has(algorithm)) return key.imported.get(algorithm)
  const usable = await importUsable(key.jwk, algorithm)
  // Concurrent requests import the same key; only the first one to finish reports it.
  if (usable === undefined && !key.imported.has(algorithm)) reportSkipped()
  key.imported.set(algorithm, usable)
  return usable
}

async function importUsable(jwk: Jwk, algorithm: string): Promise<Verifier | undefined> {
  if (!isUsableKey(jwk)) return undefined
  const key = await importPublicKey(jwk, algorithm)
  const isFit = key !== undefined && (await canVerifyWith(key, algorithm))
  return isFit ? createVerifier(key, algorithm) : undefined
}
