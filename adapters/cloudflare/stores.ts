/** Cloudflare's own storage: documents in a cache or in KV, spent DPoP proofs in Durable Objects. */

import type { DocumentStore, ReplayStore } from '../../src/index.ts'

/** What we use of a `Cache` of the Workers runtime. */
export interface WorkerCache {
  /** The response kept under this URL, if there is one. */
  match(url: string): Promise<{ text(): Promise<string> } | undefined>
  /** Keeps a response for as long as its `Cache-Control` says. */
  put(url: string, response: Response): Promise<void>
}

/** What we use of a KV namespace binding. */
export interface WorkerKvNamespace {
  /** The value, or `null`. */
  get(key: string): Promise<string | null>
  /** Keeps a value for `expirationTtl` seconds, at least 60. */
  put(key: string, value: string, options: { expirationTtl: number }): Promise<void>
}

/** What we use of the namespace of {@link DpopReplayObject}. */
export interface ReplayObjectNamespace {
  /** Which object a name stands for. */
  idFromName(name: string): unknown
  /** The object itself, to be called by HTTP. */
  get(id: unknown): {
    fetch(url: string, init: { method: string; body: string }): Promise<{ readonly status: number }>
  }
}

/** What {@link DpopReplayObject} uses of its `DurableObjectState`. */
export interface ReplayObjectState {
  /** What the object remembers, with its alarm in milliseconds since the epoch. */
  readonly storage: {
    get(key: string): Promise<unknown>
    put(key: string, value: number): Promise<void>
    delete(keys: string[]): Promise<number>
    list(options: { limit: number; startAfter?: string }): Promise<Map<string, unknown>>
    getAlarm(): Promise<number | null>
    setAlarm(time: number): Promise<void>
  }
}

/** Nobody can ask for this host from outside (RFC 2606 §2), and no page of yours has this URL. */
const ORIGIN = 'https://mcp-gatehouse.invalid/'
/** KV takes nothing shorter. */
const SHORTEST_KV_SECONDS = 60
const ADDED = 201
const SEEN = 409
/** As many keys as one call may delete. */
const PAGE = 128
/** Sweeping is paid by the operation, so what expires in one minute goes together. */
const SWEEP_INTERVAL_MS = 60_000

/**
 * Shares documents through the Cache API, free of charge, between the isolates of one data centre.
 *
 * Does nothing on `workers.dev`, where that API keeps nothing.
 *
 * @param cache A cache of your own, as a function, because opening one takes a request:
 * `cacheStore(() => caches.open('mcp-gatehouse'))`. Or `caches.default`, which is there at once.
 * @returns A store for `documentStore`.
 */
export function cacheStore(
  cache: WorkerCache | (() => WorkerCache | Promise<WorkerCache>),
): DocumentStore {
  const open = async () => (typeof cache === 'function' ? cache() : cache)
  return {
    async get(key) {
      const found = await (await open()).match(urlOf(key))
      return found?.text()
    },
    async set(key, value, ttlSeconds) {
      const headers = {
        'Content-Type': 'text/plain; charset=utf-8',
        'Cache-Control': `max-age=${Math.ceil(ttlSeconds)}`,
      }
      await (await open()).put(urlOf(key), new Response(value, { headers }))
    },
  }
}

/**
 * Shares documents through KV, between all isolates in the world.
 *
 * KV shows what was written up to a minute late; documents may be that old. It takes one write per
 * second and key: the losers of a race get an event, and lose nothing.
 *
 * @param namespace The binding, `env.DOCUMENTS` say.
 * @returns A store for `documentStore`.
 */
export function kvStore(namespace: WorkerKvNamespace): DocumentStore {
  return {
    get: async (key) => (await namespace.get(key)) ?? undefined,
    set: (key, value, ttlSeconds) =>
      namespace.put(key, value, {
        expirationTtl: Math.max(SHORTEST_KV_SECONDS, Math.ceil(ttlSeconds)),
      }),
  }
}

/**
 * Remembers spent DPoP proofs in Durable Objects, so that a proof is good once in the whole world.
 *
 * There are 64 objects, chosen by the first character of the key. That is a digest of the client's key
 * thumbprint, the target and the proof's `jti`: it spreads evenly, and tells no more about the client.
 * Each object lives where it was first asked for, so expect the way there on every DPoP request.
 *
 * @param namespace The binding of {@link DpopReplayObject}, `env.REPLAY` say.
 * @returns A store for `dpop.replay`. It rejects where the object cannot be reached, which makes that
 * request a 503.
 */
export function durableObjectReplayStore(namespace: ReplayObjectNamespace): ReplayStore {
  return {
    async add(key, expiresAt) {
      // A stub that failed once fails for ever, so each request gets its own.
      const object = namespace.get(namespace.idFromName(key.slice(0, 1)))
      const body = JSON.stringify([key, expiresAt])
      const { status } = await object.fetch(ORIGIN, { method: 'POST', body })
      if (status !== ADDED && status !== SEEN) {
        throw new Error(`The replay object answered ${status}.`)
      }
      return status === ADDED
    },
  }
}

/**
 * The Durable Object that remembers spent DPoP proofs. Export it from your Worker,
 * `export { DpopReplayObject } from 'mcp-gatehouse/cloudflare'`, and bind it in `wrangler.jsonc`:
 *
 * ```jsonc
 * "durable_objects": { "bindings": [{ "name": "REPLAY", "class_name": "DpopReplayObject" }] },
 * "migrations": [{ "tag": "v1", "new_sqlite_classes": ["DpopReplayObject"] }]
 * ```
 *
 * What it keeps is digests and when they expire; an alarm removes what has expired.
 */
export class DpopReplayObject {
  /** For types alone: what `wrangler types` writes admits no other classes in a namespace. */
  declare readonly __DURABLE_OBJECT_BRAND: never
  readonly #storage: ReplayObjectState['storage']

  /** @param state The runtime makes these objects. */
  constructor(state: ReplayObjectState) {
    this.#storage = state.storage
  }

  /**
   * Adds a key. Between the reading and the writing nothing else of this object runs: the runtime
   * delivers no event while storage is being awaited.
   *
   * @param request The key and when it expires, from {@link durableObjectReplayStore}.
   * @returns 201 if the key is new, 409 if it is not, 400 if it never expires.
   */
  async fetch(request: Request): Promise<Response> {
    const [key, expiresAt] = (await request.json()) as [string, number]
    // What cannot be compared would count as expired, and the proof as new.
    if (!Number.isFinite(expiresAt)) return new Response(null, { status: 400 })
    const known = await this.#storage.get(key)
    if (typeof known === 'number' && known > Date.now() / 1000) {
      return new Response(null, { status: SEEN })
    }
    await this.#storage.put(key, expiresAt)
    if ((await this.#storage.getAlarm()) === null) await this.#storage.setAlarm(after(expiresAt))
    return new Response(null, { status: ADDED })
  }

  /** Removes what has expired, and comes back for the rest. */
  async alarm(): Promise<void> {
    const now = Date.now()
    let next = Number.POSITIVE_INFINITY
    let last: string | undefined
    do {
      const page = await this.#storage.list({
        limit: PAGE,
        ...(last === undefined ? {} : { startAfter: last }),
      })
      last = page.size < PAGE ? undefined : [...page.keys()].at(-1)
      const expired: string[] = []
      for (const [key, expiresAt] of page) {
        if (Number(expiresAt) * 1000 <= now) expired.push(key)
        else next = Math.min(next, after(Number(expiresAt)))
      }
      if (expired.length > 0) await this.#storage.delete(expired)
    } while (last !== undefined)
    if (next < Number.POSITIVE_INFINITY) {
      await this.#storage.setAlarm(Math.max(next, now + SWEEP_INTERVAL_MS))
    }
  }
}

/** A whole second, in milliseconds: alarms know no fractions, and one too early would find nothing. */
function after(expiresAt: number): number {
  return Math.ceil(expiresAt) * 1000
}

function urlOf(key: string): string {
  return ORIGIN + encodeURIComponent(key)
}
