/**
 * The keys of one issuer (RFC 7517): which of them may have signed a token, and when it is worth
 * asking the issuer whether there are new ones.
 */

import type { Jwk } from '../contract/documents.ts'
import type { RejectionReason } from '../contract/errors.ts'
import { canVerifyWith, importPublicKey } from '../crypto/import-key.ts'
import { fitsAlgorithm, isUsableKey } from '../crypto/jwk.ts'
import type { Copy, RemoteDocument } from '../documents/remote-document.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { TokenBucket } from '../lib/token-bucket.ts'
import type { KeySet, VerificationKey } from './key-set.ts'

/** What of a token's header decides on its key, and whose token it is. */
export interface KeyQuery {
  readonly algorithm: string
  readonly kid: string | undefined
  readonly issuer: string
  /** When the token came. What began earlier cannot say that its key does not exist. */
  readonly arrivedAt: number
}

export interface KeySourceOptions {
  readonly document: RemoteDocument<KeySet> | KeySet
  readonly now: () => number
  /** Whether a key's own `issuer` member may stand in a set of this server (Entra). */
  readonly acceptsKeyIssuer: (keyIssuer: string, tokenIssuer: string) => boolean
  readonly tellUndecided: () => void
  /** A key turned out to be one that this runtime cannot verify with. */
  readonly tellSkipped: () => void
}

type Keys = Result<readonly VerificationKey[], RejectionReason>

/** While no fetch is left: a good one that began so shortly before counts as an answer. */
const RECENT_SECONDS = 5
/** Fetches that unknown keys may cause: two, so that garbage cannot use up the one a rotation needs. */
const BUDGET = 2
const SECONDS_PER_FETCH = 15
/** One that is under way already, and as many as the budget has; then one is enough. */
const MAX_ROUNDS = 1 + BUDGET
/** How many keys a token without `kid` is tried against. */
const MAX_CANDIDATES = 16

const ABSENT = fail<RejectionReason>({ code: 'token_key' })

/** The token names a key that this runtime cannot verify with: it may be good. */
export const UNVERIFIABLE = fail<RejectionReason>({
  code: 'unavailable',
  retryAfterSeconds: SECONDS_PER_FETCH,
})

export class KeySource {
  readonly #options: KeySourceOptions
  readonly #budget = new TokenBucket(BUDGET, SECONDS_PER_FETCH)

  constructor(options: KeySourceOptions) {
    this.#options = options
  }

  now(): number {
    return this.#options.now()
  }

  /**
   * Whether a key is still in the set in use: what was verified with a removed one is void. Never
   * waits; `false` too where the set has to be asked for first.
   */
  holds(key: object | undefined, now: number, budget: RequestBudget): boolean {
    const { document } = this.#options
    const set = isGiven(document) ? document : document.ready(now, budget)?.value
    return key !== undefined && set?.members.has(key) === true
  }

  /**
   * The keys that may have signed a token.
   *
   * Fails with
   * - `token_key` — the issuer has no such key, as of now
   * - `unavailable` — nobody can say right now whether it has
   */
  find(query: KeyQuery, budget: RequestBudget): Keys | Promise<Keys> {
    const { document } = this.#options
    if (isGiven(document)) return this.#choose(document, query) ?? ABSENT
    const ready = document.ready(query.arrivedAt, budget)
    // Nearly always, and then nobody has to wait.
    const found = ready === undefined ? undefined : this.#choose(ready.value, query)
    return found ?? this.#read(query, document, budget)
  }

  /**
   * Once more, after a token fitted none of the keys that it may be signed with: a new key may have
   * no name, or the name of the old one.
   */
  async findOthers(
    query: KeyQuery,
    tried: readonly VerificationKey[],
    budget: RequestBudget,
  ): Promise<Keys> {
    const { document } = this.#options
    if (isGiven(document)) return ABSENT
    return this.#askAgain(query, tried, document.usable(this.now()), document, budget)
  }

  /**
   * The key for one algorithm, imported once.
   *
   * @returns `undefined` if this runtime cannot verify with it, which an event says once.
   */
  async importKey(key: VerificationKey, algorithm: string): Promise<CryptoKey | undefined> {
    if (key.imported.has(algorithm)) return key.imported.get(algorithm)
    const usable = await importUsable(key.jwk, algorithm)
    // Many that arrive together find out together.
    if (usable === undefined && !key.imported.has(algorithm)) this.#options.tellSkipped()
    key.imported.set(algorithm, usable)
    return usable
  }

  async #read(
    query: KeyQuery,
    document: RemoteDocument<KeySet>,
    budget: RequestBudget,
  ): Promise<Keys> {
    const outcome = await document.read(budget)
    if (!outcome.ok) return unavailable(outcome.error, outcome.error.retryAfterSeconds)
    const found = this.#choose(outcome.value.value, query)
    return found ?? this.#askAgain(query, [], outcome.value, document, budget)
  }

  /**
   * A key is absent only if a good fetch that began after the token came says so. While the budget
   * lasts, that fetch is made; after that, one that began a little earlier has to do.
   */
  async #askAgain(
    query: KeyQuery,
    tried: readonly VerificationKey[],
    copy: Copy<KeySet> | undefined,
    document: RemoteDocument<KeySet>,
    budget: RequestBudget,
  ): Promise<Keys> {
    const { arrivedAt } = query
    let latest = copy
    for (let round = 0; round < MAX_ROUNDS; round++) {
      if (latest !== undefined && latest.fetchedAt >= arrivedAt) return ABSENT
      const fetch =
        document.inFlight(arrivedAt - RECENT_SECONDS, budget) ??
        (this.#budget.take(arrivedAt) ? document.refresh(budget) : undefined)
      if (fetch === undefined) break
      const outcome = await fetch
      if (!outcome.ok) return this.#undecided(query, outcome.error)
      latest = outcome.value
      const found = this.#choose(latest.value, query, tried)
      if (found !== undefined) return found
    }
    if (latest === undefined) return this.#undecided(query)
    const recent = isNamed(query, latest.value) ? SECONDS_PER_FETCH : RECENT_SECONDS
    return latest.fetchedAt >= arrivedAt - recent ? ABSENT : this.#undecided(query)
  }

  #undecided({ arrivedAt }: KeyQuery, cause?: unknown): Keys {
    this.#options.tellUndecided()
    return unavailable(cause, this.#budget.secondsUntilNext(arrivedAt))
  }

  #choose(set: KeySet, query: KeyQuery, tried: readonly VerificationKey[] = []): Keys | undefined {
    const named = query.kid === undefined ? set.keys : (set.byName.get(query.kid) ?? [])
    const fitting = named.filter((key) => !tried.includes(key) && this.#fits(key.jwk, query))
    return fitting.length > 0 ? succeed(fitting.slice(0, MAX_CANDIDATES)) : undefined
  }

  #fits(jwk: Jwk, query: KeyQuery): boolean {
    const keyIssuer = jwk['issuer']
    if (typeof keyIssuer === 'string' && !this.#options.acceptsKeyIssuer(keyIssuer, query.issuer)) {
      return false
    }
    return fitsAlgorithm(jwk, query.algorithm)
  }
}

/**
 * A key by that name is in the set: only a server that gave an old name to a new key makes a good
 * token of it. The budget is empty because a fetch began in the last 15 seconds; if that was good,
 * and had the same key, the token is bad.
 */
function isNamed({ kid }: KeyQuery, set: KeySet): boolean {
  return kid !== undefined && set.names.has(kid)
}

/** A set that was given by hand has its keys; a document of a server has yet to be read. */
function isGiven(document: KeySourceOptions['document']): document is KeySet {
  return Object.hasOwn(document, 'keys')
}

async function importUsable(jwk: Jwk, algorithm: string): Promise<CryptoKey | undefined> {
  if (!isUsableKey(jwk)) return undefined
  const key = await importPublicKey(jwk, algorithm)
  return key !== undefined && (await canVerifyWith(key, algorithm)) ? key : undefined
}

function unavailable(cause: unknown, retryAfterSeconds: number | undefined): Keys {
  return fail<RejectionReason>({ code: 'unavailable', cause, retryAfterSeconds })
}
