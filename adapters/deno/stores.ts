/** Deno KV, in a file or in Deno Deploy: documents, and spent DPoP proofs. */

import type { DocumentStore, ReplayStore } from '../../src/index.ts'

/** A key of Deno KV. */
export type DenoKvKey = readonly (string | number)[]

/** An entry of Deno KV. Without a version there is none. */
export interface DenoKvEntry {
  /** Its key, part by part. */
  readonly key: readonly unknown[]
  /** What is kept there; `null` where there is none. */
  readonly value: unknown
  /** Changes with every write; `null` where there is none. */
  readonly versionstamp: string | null
}

/** What we use of Deno KV's atomic operation. */
export interface DenoKvAtomic {
  /** Demands that an entry has this version when the operation is committed. */
  check(entry: { key: DenoKvKey; versionstamp: string | null }): DenoKvAtomic
  /** Writes a value that may be removed after `expireIn` milliseconds. */
  set(key: DenoKvKey, value: unknown, options: { expireIn: number }): DenoKvAtomic
  /** Does everything or, with `ok: false`, nothing. */
  commit(): Promise<{ readonly ok: boolean }>
}

/** What we use of a `Deno.Kv`. */
export interface DenoKv {
  /** The entry under a key. */
  get(key: DenoKvKey): Promise<DenoKvEntry>
  /** The entries whose keys begin with `prefix`, in the order of their keys. */
  list(selector: { prefix: DenoKvKey }): AsyncIterable<DenoKvEntry>
  /** Begins an operation that is done whole or not at all. */
  atomic(): DenoKvAtomic
}

const ROOM = 'mcp-gatehouse'
/** A value may have 64 KiB, its envelope included. */
const PART_BYTES = 60_000
/** The core gives a store two seconds. */
const LOCKED_FOR_AT_MOST_MS = 1500
const LONGEST_PAUSE_MS = 20

/**
 * Shares documents through Deno KV. What does not fit into one value is kept in several.
 *
 * @param kv An open database: `denoKvDocumentStore(await Deno.openKv())`.
 * @returns A store for `documentStore`.
 */
export function denoKvDocumentStore(kv: DenoKv): DocumentStore {
  const whenUnlocked = createPatience()
  return {
    async get(key) {
      const found: DenoKvEntry[] = []
      for await (const entry of kv.list({ prefix: [ROOM, 'document', key] })) found.push(entry)
      const [first] = found
      if (first === undefined) return undefined
      // What was written together has one version. A longer document before it may have left more.
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
        const place = [ROOM, 'document', key, index]
        writing = writing.set(place, { count, bytes: part } satisfies Part, { expireIn })
      }
      await whenUnlocked(() => writing.commit())
    },
  }
}

/**
 * Remembers spent DPoP proofs in Deno KV, for all processes that share it.
 *
 * Deno KV removes what has expired when it finds the time, so the expiry is kept beside the key and
 * compared. A file that other processes have locked is tried again for a second and a half.
 *
 * @param kv An open database: `denoKvReplayStore(await Deno.openKv())`.
 * @returns A store for `dpop.replay`. It rejects where the database fails, which makes that request a
 * 503.
 */
export function denoKvReplayStore(kv: DenoKv): ReplayStore {
  const whenUnlocked = createPatience()
  return {
    async add(digest, expiresAt) {
      const key = [ROOM, 'replay', digest]
      const expireIn = milliseconds(expiresAt - Date.now() / 1000)
      const addOver = async (versionstamp: string | null): Promise<boolean> => {
        const writing = kv.atomic().check({ key, versionstamp }).set(key, expiresAt, { expireIn })
        // Should a commit that failed have been made all the same, the proof counts as seen.
        return (await whenUnlocked(() => writing.commit())).ok
      }
      if (await addOver(null)) return true
      const { value, versionstamp } = await kv.get(key)
      const isOver = typeof value !== 'number' || value <= Date.now() / 1000
      // Of several that find an old key, one replaces it; for the others it is a new key, seen before.
      return isOver && (await addOver(versionstamp))
    },
  }
}

/**
 * Processes that share a file find it locked now and then, for a moment: Deno throws, and does not
 * wait. All who met that try again together, because Deno makes one transaction of what comes at once.
 */
function createPatience(): <Result>(write: () => Promise<Result>) => Promise<Result> {
  let pause: Promise<void> | undefined
  return async (write) => {
    const until = Date.now() + LOCKED_FOR_AT_MOST_MS
    for (;;) {
      try {
        return await write()
      } catch (error) {
        if (!isLocked(error) || Date.now() > until) throw error
        // At random, or two processes that met once would meet again.
        pause ??= new Promise((resolve) => {
          setTimeout(() => {
            pause = undefined
            resolve()
          }, LONGEST_PAUSE_MS * Math.random())
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
