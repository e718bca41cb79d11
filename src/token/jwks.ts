/**
 * The keys of one issuer (RFC 7517): which of them may have signed a token, and when it is worth
 * asking the issuer whether there are new ones.
 */

import type { Patience } from '../documents/patience.ts'
import type { Copy, RemoteDocument } from '../documents/remote-document.ts'
import type { Refusal } from '../errors.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { TokenBucket } from '../lib/token-bucket.ts'
import type { Jwk, JwkSet } from '../options.ts'
import { importPublicKey } from './import-key.ts'
import { fitsAlgorithm, isForOtherUse, isUsableKey } from './jwk.ts'

/** One usable key. Imported at first use, once for each algorithm, and kept as long as its set. */
export interface VerificationKey {
  readonly jwk: Jwk
  readonly imported: Map<string, CryptoKey>
}

/** The usable keys of a set, and the names of all of them. */
export interface KeySet {
  readonly keys: readonly VerificationKey[]
  readonly kids: ReadonlySet<string>
  /** How many keys were left out though they claim to be for signatures. */
  readonly skipped: number
}

/** What of a token's header decides on its key, and whose token it is. */
export interface KeyQuery {
  readonly algorithm: string
  readonly kid: string | undefined
  readonly issuer: string
}

export interface KeySourceOptions {
  readonly document: RemoteDocument<KeySet> | KeySet
  readonly now: () => number
  /** Whether a key's own `issuer` member may stand in a set of this server (Entra). */
  readonly acceptsKeyIssuer: (keyIssuer: string, tokenIssuer: string) => boolean
  readonly tellUndecided: () => void
}

type Keys = Result<readonly VerificationKey[], Refusal>

/** A good fetch that began so shortly before a request counts as an answer to it. */
const RECENT_SECONDS = 5
/** Fetches that unknown keys may cause: two, so that garbage cannot use up the one a rotation needs. */
const BUDGET = 2
const SECONDS_PER_FETCH = 15
/** How many keys a token without `kid` is tried against. */
const MAX_CANDIDATES = 16

const ABSENT = fail<Refusal>({ code: 'token_key' })

/**
 * Sorts a published set: what can verify signatures, and what only claims to. A key that the previous
 * set had, member for member, stays the same object, and what was verified with it stays verified.
 */
export function createKeySet(set: JwkSet, previous?: KeySet): KeySet {
  const usable = set.keys.filter(isUsableKey)
  const others = set.keys.filter((jwk) => isForOtherUse(jwk)).length
  return {
    keys: usable.map((jwk) => sameKey(jwk, previous) ?? { jwk, imported: new Map() }),
    kids: new Set(set.keys.flatMap(({ kid }) => (typeof kid === 'string' ? [kid] : []))),
    skipped: set.keys.length - usable.length - others,
  }
}

/**
 * The key for one algorithm, imported once.
 *
 * @returns `undefined` if the key's parameters turn out to be no key at all.
 */
export async function importKey(
  key: VerificationKey,
  algorithm: string,
): Promise<CryptoKey | undefined> {
  const known = key.imported.get(algorithm)
  if (known !== undefined) return known
  const imported = await importPublicKey(key.jwk, algorithm)
  if (imported !== undefined) key.imported.set(algorithm, imported)
  return imported
}

export class KeySource {
  readonly #options: KeySourceOptions
  readonly #budget = new TokenBucket(BUDGET, SECONDS_PER_FETCH)

  constructor(options: KeySourceOptions) {
    this.#options = options
  }

  /**
   * Whether a key is still in the set in use: what was verified with a removed one is void. Never
   * waits; `false` too where the set has to be asked for first.
   */
  holds(key: object | undefined, now: number, patience: Patience): boolean {
    const { document } = this.#options
    const set = 'keys' in document ? document : document.touch(now, patience)?.value
    return set?.keys.some((each) => each === key) ?? false
  }

  /**
   * The keys that may have signed a token.
   *
   * Fails with
   * - `token_key` — the issuer has no such key, as of now
   * - `unavailable` — nobody can say right now whether it has
   */
  find(query: KeyQuery, patience: Patience): Keys | Promise<Keys> {
    const { document } = this.#options
    if ('keys' in document) return this.#choose(document, query) ?? ABSENT
    const arrivedAt = this.#options.now()
    const ready = document.touch(arrivedAt, patience)
    // Nearly always, and then nobody has to wait.
    const found = ready === undefined ? undefined : this.#choose(ready.value, query)
    return found ?? this.#read(query, arrivedAt, document, patience)
  }

  /** Once more, after a token without `kid` fitted none of the keys: it may be of a new one. */
  async findOthers(
    query: KeyQuery,
    tried: readonly VerificationKey[],
    patience: Patience,
  ): Promise<Keys> {
    const { document } = this.#options
    if ('keys' in document) return ABSENT
    const now = this.#options.now()
    const copy = document.serving(now)
    const again = await this.#askAgain(query, now, copy, document, patience)
    if (!again.ok) return again
    const others = again.value.filter((key) => !tried.includes(key))
    return others.length > 0 ? succeed(others) : ABSENT
  }

  async #read(
    query: KeyQuery,
    arrivedAt: number,
    document: RemoteDocument<KeySet>,
    patience: Patience,
  ): Promise<Keys> {
    const outcome = await document.read(patience)
    if (!outcome.ok) return unavailable(outcome.error, outcome.error.retryAfterSeconds)
    const found = this.#choose(outcome.value.value, query)
    if (found !== undefined) return found
    return this.#askAgain(query, arrivedAt, outcome.value, document, patience)
  }

  /** A key is absent only if a good fetch that began after the request came, or just before, says so. */
  async #askAgain(
    query: KeyQuery,
    arrivedAt: number,
    copy: Copy<KeySet> | undefined,
    document: RemoteDocument<KeySet>,
    patience: Patience,
  ): Promise<Keys> {
    const since = arrivedAt - RECENT_SECONDS
    if (copy !== undefined && copy.fetchedAt >= since) return ABSENT
    const underway = document.join(since, patience)
    const fetch =
      underway ?? (this.#budget.take(arrivedAt) ? document.refresh(patience) : undefined)
    const outcome = await fetch
    if (outcome?.ok === true) return this.#choose(outcome.value.value, query) ?? ABSENT
    this.#options.tellUndecided()
    return unavailable(outcome?.error, this.#budget.secondsUntilNext(arrivedAt))
  }

  /** `undefined`: no key by that name. A key by that name that does not fit is an answer. */
  #choose(set: KeySet, query: KeyQuery): Keys | undefined {
    const named = set.keys.filter(({ jwk }) => query.kid === undefined || jwk.kid === query.kid)
    const fitting = named.filter(({ jwk }) => this.#fits(jwk, query))
    if (fitting.length > 0) return succeed(fitting.slice(0, MAX_CANDIDATES))
    return query.kid !== undefined && set.kids.has(query.kid) ? ABSENT : undefined
  }

  #fits(jwk: Jwk, query: KeyQuery): boolean {
    const keyIssuer = jwk['issuer']
    if (typeof keyIssuer === 'string' && !this.#options.acceptsKeyIssuer(keyIssuer, query.issuer)) {
      return false
    }
    return fitsAlgorithm(jwk, query.algorithm)
  }
}

function sameKey(jwk: Jwk, previous: KeySet | undefined): VerificationKey | undefined {
  const text = JSON.stringify(jwk)
  return previous?.keys.find((key) => JSON.stringify(key.jwk) === text)
}

function unavailable(cause: unknown, retryAfterSeconds: number | undefined): Keys {
  return fail<Refusal>({ code: 'unavailable', cause, retryAfterSeconds })
}
