/** Used DPoP proofs in Durable Objects, so that a proof is valid once in the whole world. */

import type { ReplayStore } from '../../src/index.ts'
import { checkStoreClient } from '../shared/check-store-client.ts'
import { BIND, ORIGIN } from './bindings.ts'
import { alarmTime, deleteExpired } from './delete-expired.ts'

/**
 * The part of the namespace of {@link DpopReplayObject} that {@link durableObjectReplayStore} uses.
 *
 * @example
 * ```ts
 * function withReplay(env: { REPLAY: ReplayObjectNamespace }) {
 *   return protectedResource({
 *     resource: 'https://api.example.com/notes',
 *     authorizationServers: ['https://auth.example.com'],
 *     dpop: { replay: durableObjectReplayStore(env.REPLAY) },
 *   })
 * }
 * ```
 */
export interface ReplayObjectNamespace {
  /** Returns the ID of the object with this name. */
  idFromName(name: string): unknown
  /** Returns a stub of the object, which is called by HTTP. */
  get(id: unknown): {
    fetch(url: string, init: { method: string; body: string }): Promise<{ readonly status: number }>
  }
}

/**
 * The part of `DurableObjectState` that {@link DpopReplayObject} uses.
 *
 * @example
 * ```ts
 * // The runtime makes these objects. A test makes one with a state of its own.
 * function makeReplay(state: ReplayObjectState): DpopReplayObject {
 *   return new DpopReplayObject(state)
 * }
 * ```
 */
export interface ReplayObjectState {
  /** The object's storage and its alarm, in milliseconds since the epoch. */
  readonly storage: {
    get(key: string): Promise<unknown>
    put(key: string, value: number): Promise<void>
    delete(keys: string[]): Promise<number>
    list(options: { limit: number; startAfter?: string }): Promise<Map<string, unknown>>
    getAlarm(): Promise<number | null>
    setAlarm(time: number): Promise<void>
  }
}

const ADDED = 201
const SEEN = 409

/**
 * Stores used DPoP proofs in Durable Objects, so that a proof is valid once in the whole world.
 *
 * There are 64 objects, chosen by the first character of the key. The key is a digest of the client's key
 * thumbprint, the target and the proof's `jti`: it spreads evenly, and reveals nothing about the client.
 * An object stays in the location of its first request, so every DPoP request takes a round trip to it.
 *
 * @param namespace The binding of {@link DpopReplayObject}, such as `env.REPLAY`.
 * @returns A store for `dpop.replay`. It rejects if the object cannot be reached; that request gets a 503.
 * @example
 * ```ts
 * function withReplay(env: { REPLAY: ReplayObjectNamespace }) {
 *   return protectedResource({
 *     resource: 'https://api.example.com/notes',
 *     authorizationServers: ['https://auth.example.com'],
 *     dpop: { replay: durableObjectReplayStore(env.REPLAY) },
 *   })
 * }
 * ```
 */
export function durableObjectReplayStore(namespace: ReplayObjectNamespace): ReplayStore {
  checkStoreClient(namespace, ['idFromName', 'get'], 'durableObjectReplayStore', BIND)
  return {
    async add(key, expiresAt) {
      // A stub that failed once keeps failing, so each request gets its own.
      const object = namespace.get(namespace.idFromName(key.slice(0, 1)))
      const body = JSON.stringify([key, expiresAt])
      const { status } = await object.fetch(ORIGIN, { method: 'POST', body })
      if (status !== ADDED && status !== SEEN) {
        throw new Error(`The replay object responded with status ${status}.`)
      }
      return status === ADDED
    },
  }
}

/**
 * The Durable Object that stores used DPoP proofs. Export it from your Worker,
 * `export { DpopReplayObject } from 'mcp-gatehouse/cloudflare'`, and bind it in `wrangler.jsonc`:
 *
 * ```jsonc
 * "durable_objects": { "bindings": [{ "name": "REPLAY", "class_name": "DpopReplayObject" }] },
 * "migrations": [{ "tag": "v1", "new_sqlite_classes": ["DpopReplayObject"] }]
 * ```
 *
 * It stores digests and their expiry; an alarm deletes expired ones.
 *
 * @example
 * ```ts
 * // The runtime makes these objects. A test makes one with a state of its own.
 * function makeReplay(state: ReplayObjectState): DpopReplayObject {
 *   return new DpopReplayObject(state)
 * }
 * ```
 */
export class DpopReplayObject {
  /** Exists in types only: the types that `wrangler types` generates require it of a class in a namespace. */
  declare readonly __DURABLE_OBJECT_BRAND: never
  readonly #storage: ReplayObjectState['storage']

  /** @param state The state, which the runtime passes when it creates the object. */
  constructor(state: ReplayObjectState) {
    this.#storage = state.storage
  }

  /**
   * Adds a key. Reading and writing are one step, because the runtime delivers no event to this object
   * while it waits for storage.
   *
   * @param request The key and its expiry, from {@link durableObjectReplayStore}.
   * @returns 201 if the key is new, 409 if it is stored already, 400 for another call.
   */
  async fetch(request: Request): Promise<Response> {
    const [key, expiresAt]: unknown[] = await request.json()
    // A value that cannot be compared would count as expired, and the proof as new.
    if (typeof key !== 'string' || typeof expiresAt !== 'number' || !Number.isFinite(expiresAt)) {
      return new Response(null, { status: 400 })
    }
    const known = await this.#storage.get(key)
    if (typeof known === 'number' && known > Date.now() / 1000) {
      return new Response(null, { status: SEEN })
    }
    await this.#storage.put(key, expiresAt)
    if ((await this.#storage.getAlarm()) === null)
      await this.#storage.setAlarm(alarmTime(expiresAt))
    return new Response(null, { status: ADDED })
  }

  /** Deletes expired keys, and sets the next alarm for the others. */
  async alarm(): Promise<void> {
    await deleteExpired(this.#storage, Number)
  }
}
