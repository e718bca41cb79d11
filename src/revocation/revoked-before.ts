/** Revocations as marks in a key-value store: what was issued until a mark is revoked. */

import { throwProblems } from '../contract/config-error.ts'
import { REVOKED_BEFORE_DEFAULTS } from '../contract/defaults.ts'
import { clockOf, type DocumentStore, isSeconds } from '../contract/ports.ts'
import type { RevocationQuery, RevokedBefore } from '../contract/revocation.ts'
import { digestText } from '../crypto/sha256.ts'
import { isObject, type JsonObject } from '../lib/json.ts'
import { ownMembers } from '../lib/own-members.ts'
import { anyTrue } from '../lib/promise.ts'
import { findOptionViolations, numeral, strictObjectOf, typed } from '../schema/shapes.ts'

/** The store, without the lifetime of entries that only documents need. */
type MarkStore = Pick<DocumentStore, 'get' | 'set'>

/** What a mark applies to. `userWithoutSession`: tokens of a user that name no session. */
type Kind = 'user' | 'userWithoutSession' | 'session' | 'client'

interface Holder {
  readonly kind: Kind
  readonly issuer: string
  readonly value: string
}

const FORMAT = 1
/** The largest `clockToleranceSeconds`: for so long a token is accepted after its `exp`, and clocks may differ. */
const TOLERANCE_SECONDS = 300
/** A write that another process replaced by an earlier mark is repeated so many times. */
const MAX_WRITES = 3

/**
 * Revokes tokens by marks in a key-value store: a token that was issued in the second of the mark of its user,
 * session or client, or before, is revoked. One mark revokes any number of tokens, and no list of them is needed.
 *
 * A revocation takes effect as fast as the store: Redis, Deno KV and Durable Objects read their own writes;
 * Workers KV may need a minute to show them everywhere. The store is trusted: a process that can write to it
 * can revoke tokens, and one that can delete from it can undo revocations. Keys are digests, so the store
 * does not show which users were revoked.
 *
 * Rejects, also without any mark:
 * - tokens without `iat`, because no mark can be compared with them
 * - tokens with an `iat` of more than five minutes in the future, because no mark of today can reach them
 * - tokens that live longer than `keepSeconds`, because they would outlive their mark
 *
 * @param store Any {@link DocumentStore}, such as `redisDocumentStore` or `denoKvDocumentStore`.
 * @param options `keepSeconds`: how long a mark is kept, which is the longest lifetime of a token
 * (604800 by default). `now`: the clock.
 * @returns `isRevoked` for the option `revocation`, and `revoke`. Both reject if the store fails.
 * @throws {ConfigError} If an option is not valid.
 * @example
 * ```ts
 * const revocations = revokedBefore(store, { keepSeconds: 86_400 })
 *
 * const notes = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: ['https://auth.example.com'],
 *   revocation: { isRevoked: revocations.isRevoked },
 * })
 *
 * async function logOutEverywhere(sub: string): Promise<void> {
 *   await revocations.revoke({ issuer: 'https://auth.example.com', sub })
 * }
 * ```
 */
export function revokedBefore(
  store: MarkStore,
  options: { keepSeconds?: number | undefined; now?: (() => number) | undefined } = {},
): RevokedBefore {
  checkArguments(store, options)
  const { keepSeconds = REVOKED_BEFORE_DEFAULTS.keepSeconds, now: clock } = ownMembers(options)
  const marks = new Marks(store)
  const now = clockOf(clock)
  return {
    async isRevoked(token) {
      const { issuedAt, expiresAt } = token
      const time = now()
      // No mark can reach an `iat` in the future, such as one in milliseconds.
      if (issuedAt === undefined || issuedAt > time + TOLERANCE_SECONDS) return true
      // Without `exp` the age counts: the token is in use now.
      if (!((expiresAt ?? time) - issuedAt <= keepSeconds)) return true
      // Logout tokens have whole seconds, also where the `iat` of access tokens has fractions.
      const issued = Math.floor(issuedAt)
      const found = holdersOf(token).map(async (holder) => {
        const mark = await marks.read(holder)
        return mark !== undefined && issued <= mark
      })
      return anyTrue(found)
    },
    async revoke(target, at = now()) {
      // A mark is never lowered: one in milliseconds would end every token of its holder for good.
      if (!isSeconds(at)) throw new TypeError('at must be seconds since the epoch.')
      const ttl = Math.ceil(keepSeconds + TOLERANCE_SECONDS + Math.max(0, at - now()))
      await Promise.all(targetsOf(target).map((holder) => marks.raise(holder, at, ttl)))
    },
  }
}

const OPTIONS = /* @__PURE__ */ strictObjectOf(
  {},
  {
    keepSeconds: numeral((value) => value > 0 && value < Infinity, 'a number of seconds above 0'),
    now: typed('function'),
  },
)

/** @throws {ConfigError} A store without its methods would reject every request with a 503. */
function checkArguments(store: Partial<MarkStore> | undefined, options: object): void {
  // Any value that has the methods: a proxy need not list them, and a function may have them.
  const missing = (['get', 'set'] as const).filter((name) => typeof store?.[name] !== 'function')
  const inStore = store
    ? missing.map((name) => ({ path: `store.${name}`, message: 'is not a function' }))
    : [{ path: 'store', message: 'is missing' }]
  const problems = [
    ...inStore,
    ...findOptionViolations(OPTIONS, isObject(options) ? ownMembers(options) : options),
  ]
  throwProblems(problems)
}

/** The marks of one store. */
class Marks {
  readonly #store: MarkStore
  /** The latest mark that this process is writing, by key, and the number of its writers. */
  readonly #writing = new Map<string, { mark: number; writers: number }>()

  constructor(store: MarkStore) {
    this.#store = store
  }

  async read(holder: Holder): Promise<number | undefined> {
    return this.#get(await keyOf(holder))
  }

  /** Writes a mark, unless a later one is stored or being written. */
  async raise(holder: Holder, at: number, ttlSeconds: number): Promise<void> {
    const key = await keyOf(holder)
    const writing = this.#writing.get(key) ?? { mark: at, writers: 0 }
    writing.mark = Math.max(writing.mark, at)
    writing.writers += 1
    this.#writing.set(key, writing)
    try {
      // A store has no atomic maximum, so another process may have written an earlier mark meanwhile.
      let before: number | undefined
      for (let writes = 0; writes < MAX_WRITES; writes++) {
        const stored = await this.#get(key)
        if (stored !== undefined && stored >= writing.mark) return
        // A store such as Workers KV shows what was there before for a minute, and allows one write a second.
        if (writes > 0 && stored === before) return
        before = stored
        await this.#store.set(key, String(writing.mark), ttlSeconds)
      }
    } finally {
      writing.writers -= 1
      if (writing.writers === 0) this.#writing.delete(key)
    }
  }

  /** @throws {Error} If the entry is not a mark: a damaged entry must not count as no revocation. */
  async #get(key: string): Promise<number | undefined> {
    const text = await this.#store.get(key)
    if (text === undefined || text === null) return undefined
    const mark = typeof text === 'string' && text.trim() !== '' ? Number(text) : Number.NaN
    if (!Number.isFinite(mark)) throw new Error('The store returned something else than a mark.')
    return mark
  }
}

/** The marks that apply to a token. */
function holdersOf({ issuer, sub, sessionId, clientId }: RevocationQuery): Holder[] {
  return [
    ...holder('user', issuer, sub),
    ...(sessionId === undefined ? holder('userWithoutSession', issuer, sub) : []),
    ...holder('session', issuer, sessionId),
    ...holder('client', issuer, clientId),
  ]
}

function holder(kind: Kind, issuer: string, value: string | undefined): Holder[] {
  return value === undefined ? [] : [{ kind, issuer, value }]
}

/** @throws {TypeError} If nothing is named, or more than one kind of target: it would revoke something else. */
function targetsOf(target: unknown): Holder[] {
  // A value that is not an object has none of these names.
  const given = ownMembers(target as JsonObject)
  const issuer = textIn(given, 'issuer')
  const sub = textIn(given, 'sub')
  const sessionId = textIn(given, 'sessionId')
  const clientId = textIn(given, 'clientId')
  const namesUser = sub !== undefined || sessionId !== undefined
  if (issuer === undefined || namesUser === (clientId !== undefined)) {
    throw new TypeError('revoke needs an issuer, and one of sub, sessionId and clientId.')
  }
  return [
    ...holder(sessionId === undefined ? 'user' : 'userWithoutSession', issuer, sub),
    ...holder('session', issuer, sessionId),
    ...holder('client', issuer, clientId),
  ]
}

function textIn(given: JsonObject, name: string): string | undefined {
  const value = given[name]
  if (value === undefined) return undefined
  if (typeof value === 'string' && value !== '') return value
  throw new TypeError(`revoke: ${name} must be a string that is not empty.`)
}

/** A digest, so that the store shows no names. */
async function keyOf({ kind, issuer, value }: Holder): Promise<string> {
  return `mcp-gatehouse:${await digestText(JSON.stringify([FORMAT, 'revoked', kind, issuer, value]))}`
}
