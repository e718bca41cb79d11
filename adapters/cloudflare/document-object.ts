/** Documents and revocations in Durable Objects, which read their own writes everywhere. */

import type { DocumentStore } from '../../src/index.ts'
import { checkStoreClient } from '../shared/check-store-client.ts'
import { BIND, ORIGIN } from './bindings.ts'
import { alarmTime, deleteExpired } from './delete-expired.ts'

/**
 * The part of the namespace of {@link DocumentObject} that {@link durableObjectDocumentStore} uses.
 *
 * @example
 * ```ts
 * function withRevocation(env: { REVOCATIONS: DocumentObjectNamespace }) {
 *   const { isRevoked } = revokedBefore(durableObjectDocumentStore(env.REVOCATIONS))
 *   return protectedResource({
 *     resource: 'https://api.example.com/notes',
 *     authorizationServers: ['https://auth.example.com'],
 *     revocation: { isRevoked },
 *   })
 * }
 * ```
 */
export interface DocumentObjectNamespace {
  /** Returns the ID of the object with this name. */
  idFromName(name: string): unknown
  /** Returns a stub of the object, which is called by HTTP. */
  get(id: unknown): {
    fetch(
      url: string,
      init: { method: string; body: string },
    ): Promise<{ readonly status: number; text(): Promise<string> }>
  }
}

/**
 * The part of `DurableObjectState` that {@link DocumentObject} uses.
 *
 * @example
 * ```ts
 * // The runtime makes these objects. A test makes one with a state of its own.
 * function makeDocuments(state: DocumentObjectState): DocumentObject {
 *   return new DocumentObject(state)
 * }
 * ```
 */
export interface DocumentObjectState {
  /** The object's storage and its alarm, in milliseconds since the epoch. */
  readonly storage: {
    get(key: string): Promise<unknown>
    put(key: string, value: unknown): Promise<void>
    delete(keys: string[]): Promise<number>
    list(options: { limit: number; startAfter?: string }): Promise<Map<string, unknown>>
    getAlarm(): Promise<number | null>
    setAlarm(time: number): Promise<void>
  }
}

interface Entry {
  readonly value: string
  /** In seconds since the epoch. */
  readonly expiresAt: number
}

const FOUND = 200
const STORED = 204
const MISSING = 404

/**
 * Stores documents, or the marks of `revokedBefore`, in Durable Objects. A value that was written is visible
 * everywhere at once, unlike in KV.
 *
 * There are 64 objects, chosen by the first character of the digest in the key. An object stays in the
 * location of its first request, so every read takes a round trip to it.
 *
 * @param namespace The binding of {@link DocumentObject}, such as `env.REVOCATIONS`.
 * @returns A store for `revokedBefore` or `documentStore`. It rejects if the object cannot be reached.
 * @example
 * ```ts
 * function withRevocation(env: { REVOCATIONS: DocumentObjectNamespace }) {
 *   const { isRevoked } = revokedBefore(durableObjectDocumentStore(env.REVOCATIONS))
 *   return protectedResource({
 *     resource: 'https://api.example.com/notes',
 *     authorizationServers: ['https://auth.example.com'],
 *     revocation: { isRevoked },
 *   })
 * }
 * ```
 */
export function durableObjectDocumentStore(namespace: DocumentObjectNamespace): DocumentStore {
  checkStoreClient(namespace, ['idFromName', 'get'], 'durableObjectDocumentStore', BIND)
  const call = async (...message: unknown[]) => {
    const key = String(message[1])
    // A stub that failed once keeps failing, so each request gets its own.
    const object = namespace.get(namespace.idFromName(shardOf(key)))
    return object.fetch(ORIGIN, { method: 'POST', body: JSON.stringify(message) })
  }
  return {
    async get(key) {
      const response = await call('get', key)
      if (response.status === FOUND) return response.text()
      if (response.status === MISSING) return undefined
      throw unexpected(response.status)
    },
    async set(key, value, ttlSeconds) {
      const { status } = await call('set', key, value, Date.now() / 1000 + ttlSeconds)
      if (status !== STORED) throw unexpected(status)
    },
  }
}

/**
 * The Durable Object of {@link durableObjectDocumentStore}. Export it from your Worker,
 * `export { DocumentObject } from 'mcp-gatehouse/cloudflare'`, and bind it in `wrangler.jsonc`:
 *
 * ```jsonc
 * "durable_objects": { "bindings": [{ "name": "REVOCATIONS", "class_name": "DocumentObject" }] },
 * "migrations": [{ "tag": "v1", "new_sqlite_classes": ["DocumentObject"] }]
 * ```
 *
 * An alarm deletes what has expired.
 *
 * @example
 * ```ts
 * // The runtime makes these objects. A test makes one with a state of its own.
 * function makeDocuments(state: DocumentObjectState): DocumentObject {
 *   return new DocumentObject(state)
 * }
 * ```
 */
export class DocumentObject {
  /** Exists in types only: the types that `wrangler types` generates require it of a class in a namespace. */
  declare readonly __DURABLE_OBJECT_BRAND: never
  readonly #storage: DocumentObjectState['storage']

  /** @param state The state, which the runtime passes when it creates the object. */
  constructor(state: DocumentObjectState) {
    this.#storage = state.storage
  }

  /**
   * Reads or stores a value.
   *
   * @param request The call of {@link durableObjectDocumentStore}.
   * @returns 200 with the value, 404 if there is none, 204 if the value was stored, 400 for another call.
   */
  async fetch(request: Request): Promise<Response> {
    const [name, key, value, expiresAt]: unknown[] = await request.json()
    if (typeof key !== 'string') return new Response(null, { status: 400 })
    if (name === 'get') {
      const entry = await this.#read(key)
      return entry === undefined
        ? new Response(null, { status: MISSING })
        : new Response(entry.value, { status: FOUND })
    }
    if (name !== 'set' || typeof value !== 'string' || !Number.isFinite(expiresAt)) {
      return new Response(null, { status: 400 })
    }
    await this.#storage.put(key, { value, expiresAt: Number(expiresAt) } satisfies Entry)
    if ((await this.#storage.getAlarm()) === null) {
      await this.#storage.setAlarm(Math.max(alarmTime(Number(expiresAt)), Date.now()))
    }
    return new Response(null, { status: STORED })
  }

  /** Deletes expired entries, and sets the next alarm for the others. */
  async alarm(): Promise<void> {
    await deleteExpired(this.#storage, (entry) => (entry as Entry).expiresAt)
  }

  async #read(key: string): Promise<Entry | undefined> {
    const entry = (await this.#storage.get(key)) as Entry | undefined
    return entry !== undefined && entry.expiresAt * 1000 > Date.now() ? entry : undefined
  }
}

/** Keys are a prefix and a digest, whose characters are spread evenly. */
function shardOf(key: string): string {
  return key.charAt(key.lastIndexOf(':') + 1)
}

function unexpected(status: number): Error {
  return new Error(`The document object responded with status ${status}.`)
}
