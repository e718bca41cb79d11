/** Stores in Deno KV, in a file or on Deno Deploy: documents and used DPoP proofs. */

import type { DocumentStore, ReplayStore } from '../../src/index.ts'
import { checkStoreClient } from '../shared/check-store-client.ts'

/**
 * A key of Deno KV.
 *
 * @example
 * ```ts
 * async function addOnce(kv: DenoKv, key: DenoKvKey): Promise<boolean> {
 *   const operation: DenoKvAtomic = kv.atomic().check({ key, versionstamp: null })
 *   return (await operation.set(key, true, { expireIn: 60_000 }).commit()).ok
 * }
 * ```
 */
export type DenoKvKey = readonly (string | number)[]

/**
 * An entry of Deno KV. Where `versionstamp` is `null`, there is no entry.
 *
 * @example
 * ```ts
 * function isPresent(entry: DenoKvEntry): boolean {
 *   return entry.versionstamp !== null
 * }
 * ```
 */
export interface DenoKvEntry {
  /** The key. */
  readonly key: readonly unknown[]
  /** The value; `null` if there is no entry. */
  readonly value: unknown
  /** Changes with every write; `null` if there is no entry. */
  readonly versionstamp: string | null
}

/**
 * The part of Deno KV's atomic operation that the stores use.
 *
 * @example
 * ```ts
 * async function addOnce(kv: DenoKv, key: DenoKvKey): Promise<boolean> {
 *   const operation: DenoKvAtomic = kv.atomic().check({ key, versionstamp: null })
 *   return (await operation.set(key, true, { expireIn: 60_000 }).commit()).ok
 * }
 * ```
 */
export interface DenoKvAtomic {
  /** The commit fails unless the entry has this version. */
  check(entry: { key: DenoKvKey; versionstamp: string | null }): DenoKvAtomic
  /** Writes a value that Deno KV may remove after `expireIn` milliseconds. */
  set(key: DenoKvKey, value: unknown, options: { expireIn: number }): DenoKvAtomic
  /** Applies all changes, or none and returns `ok: false`. */
  commit(): Promise<{ readonly ok: boolean }>
}

/**
 * The part of `Deno.Kv` that the stores use.
 *
 * @example
 * ```ts
 * // `withKv(await Deno.openKv(), secret)`
 * function withKv(kv: DenoKv, secret: string) {
 *   return protectedResource({
 *     resource: 'https://api.example.com/notes',
 *     authorizationServers: ['https://auth.example.com'],
 *     documentStore: denoKvDocumentStore(kv),
 *     documentStoreSecret: secret,
 *     dpop: { replay: denoKvReplayStore(kv) },
 *   })
 * }
 * ```
 */
export interface DenoKv {
  /** Returns the entry of a key. */
  get(key: DenoKvKey): Promise<DenoKvEntry>
  /** Returns the entries whose keys begin with `prefix`, in the order of their keys. */
  list(selector: { prefix: DenoKvKey }): AsyncIterable<DenoKvEntry>
  /** Begins an atomic operation. */
  atomic(): DenoKvAtomic
}

const NAMESPACE = 'mcp-gatehouse'
/** A value may have 64 KiB, including its envelope. */
const PART_BYTES = 60_000
/** Less than the two seconds that the core waits for a store. */
const MAX_LOCKED_MS = 1500
const MAX_PAUSE_MS = 20
const OPEN = 'pass await Deno.openKv()'

/**
 * Shares documents through Deno KV. A document that is too long for one value is split into several.
 *
 * @param kv An open database: `denoKvDocumentStore(await Deno.openKv())`.
 * @returns A store for `documentStore`.
 * @example
 * ```ts
 * // `withKv(await Deno.openKv(), secret)`
 * function withKv(kv: DenoKv, secret: string) {
 *   return protectedResource({
 *     resource: 'https://api.example.com/notes',
 *     authorizationServers: ['https://auth.example.com'],
 *     documentStore: denoKvDocumentStore(kv),
 *     documentStoreSecret: secret,
 *     dpop: { replay: denoKvReplayStore(kv) },
 *   })
 * }
 * ```
 */
export function denoKvDocumentStore(kv: DenoKv): DocumentStore {
  checkStoreClient(kv, ['list', 'atomic'], 'denoKvDocumentStore', OPEN)
  const retryWhileLocked = createLockRetry()
  return {
    async get(key) {
      const found: DenoKvEntry[] = []
      for await (const entry of kv.list({ prefix: [NAMESPACE, 'document', key] })) found.push(entry)
      const [first] = found
      if (first === undefined) return undefined
      // Parts of one write have one version. Parts of an earlier, longer document may remain.
      const parts = found.filter(({ versionstamp }) => versionstamp === first.versionstamp)
      const [{ count }] = parts.map(partOf) as [Part]
      if (parts.length !== count) return undefined
      const decoder = new TextDecoder()
      const texts = parts.map((part) => decoder.decode(partOf(part).bytes, { stream: true }))
      return texts.join('') + decoder.decode()
    },
    async set(key, value, ttlSeconds) {
      const bytes = new TextEncoder().encode(value)
      const count = Math.max(1, Math.ceil(bytes.length / PART_BYTES))
      const expireIn = milliseconds(ttlSeconds)
      let writing = kv.atomic()
      for (let index = 0; index < count; index++) {
        const part = bytes.slice(index * PART_BYTES, (index + 1) * PART_BYTES)
        const place = [NAMESPACE, 'document', key, index]
        writing = writing.set(place, { count, bytes: part } satisfies Part, { expireIn })
      }
      await retryWhileLocked(() => writing.commit())
    },
  }
}

/**
 * Stores used DPoP proofs in Deno KV, for all processes that share the database.
 *
 * Deno KV removes expired entries with a delay, so the expiry is stored as the value and compared. If
 * another process has locked the file, writing is tried again for 1.5 seconds.
 *
 * @param kv An open database: `denoKvReplayStore(await Deno.openKv())`.
 * @returns A store for `dpop.replay`. It rejects if the database fails; that request gets a 503.
 * @example
 * ```ts
 * // `withKv(await Deno.openKv(), secret)`
 * function withKv(kv: DenoKv, secret: string) {
 *   return protectedResource({
 *     resource: 'https://api.example.com/notes',
 *     authorizationServers: ['https://auth.example.com'],
 *     documentStore: denoKvDocumentStore(kv),
 *     documentStoreSecret: secret,
 *     dpop: { replay: denoKvReplayStore(kv) },
 *   })
 * }
 * ```
 */
export function denoKvReplayStore(kv: DenoKv): ReplayStore {
  checkStoreClient(kv, ['get', 'atomic'], 'denoKvReplayStore', OPEN)
  const retryWhileLocked = createLockRetry()
  return {
    async add(digest, expiresAt) {
      const key = [NAMESPACE, 'replay', digest]
      const expireIn = milliseconds(expiresAt - Date.now() / 1000)
      const addAtVersion = async (versionstamp: string | null): Promise<boolean> => {
        const writing = kv.atomic().check({ key, versionstamp }).set(key, expiresAt, { expireIn })
        // If a commit that reported an error was applied after all, the proof counts as used.
        return (await retryWhileLocked(() => writing.commit())).ok
      }
      if (await addAtVersion(null)) return true
      const { value, versionstamp } = await kv.get(key)
      const isExpired = typeof value !== 'number' || value <= Date.now() / 1000
      // Of several requests that find an expired key, one replaces it; the others see it as used.
      return isExpired && (await addAtVersion(versionstamp))
    },
  }
}

/**
 * Processes that share a file find it locked at times, and Deno throws instead of waiting. Writes that
 * failed are tried again together, because Deno commits simultaneous writes in one transaction.
 */
function createLockRetry(): <Result>(write: () => Promise<Result>) => Promise<Result> {
  let pause: Promise<void> | undefined
  return async (write) => {
    const until = Date.now() + MAX_LOCKED_MS
    for (;;) {
      try {
        return await write()
      } catch (error) {
        if (!isLocked(error) || Date.now() > until) throw error
        // A random pause, so that two processes that collided do not collide again.
        pause ??= new Promise((resolve) => {
          setTimeout(() => {
            pause = undefined
            resolve()
          }, MAX_PAUSE_MS * Math.random())
        })
        await pause
      }
    }
  }
}

function isLocked(error: unknown): boolean {
  return String(error).includes('database is locked')
}

interface Part {
  readonly count: number
  readonly bytes: Uint8Array
}

function partOf({ value }: DenoKvEntry): Part {
  return value as Part
}

function milliseconds(seconds: number): number {
  return Math.max(1, Math.ceil(seconds * 1000))
}
