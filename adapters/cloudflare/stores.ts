/** Documents in a cache or in KV. */

import type { DocumentStore } from '../../src/index.ts'
import { checkStoreClient } from '../shared/check-store-client.ts'
import { BIND, ORIGIN } from './bindings.ts'

/**
 * The part of the Workers runtime's `Cache` that {@link cacheStore} uses.
 *
 * @example
 * ```ts
 * function withCache(caches: { open(name: string): Promise<WorkerCache> }, secret: string) {
 *   return protectedResource({
 *     resource: 'https://api.example.com/notes',
 *     authorizationServers: ['https://auth.example.com'],
 *     documentStore: cacheStore(() => caches.open('mcp-gatehouse')),
 *     documentStoreSecret: secret,
 *   })
 * }
 * ```
 */
export interface WorkerCache {
  /** Returns the response stored under this URL, if there is one. */
  match(url: string): Promise<{ text(): Promise<string> } | undefined>
  /** Stores a response for the `max-age` of its `Cache-Control`. */
  put(url: string, response: Response): Promise<void>
}

/**
 * The part of a KV namespace binding that {@link kvStore} uses.
 *
 * @example
 * ```ts
 * function withKv(env: { DOCUMENTS: WorkerKvNamespace; STORE_SECRET?: string }) {
 *   return protectedResource({
 *     resource: 'https://api.example.com/notes',
 *     authorizationServers: ['https://auth.example.com'],
 *     documentStore: kvStore(env.DOCUMENTS),
 *     documentStoreSecret: env.STORE_SECRET ?? '', // a ConfigError if it is not set
 *   })
 * }
 * ```
 */
export interface WorkerKvNamespace {
  /** Returns the value, or `null`. */
  get(key: string): Promise<string | null>
  /** Stores a value for `expirationTtl` seconds, at least 60. */
  put(key: string, value: string, options: { expirationTtl: number }): Promise<void>
}

/** The shortest lifetime that KV accepts. */
const SHORTEST_KV_SECONDS = 60
const OPEN = "pass caches.default, or () => caches.open('mcp-gatehouse')"

/**
 * Shares documents through the Cache API between the isolates of one data centre, free of charge.
 *
 * Has no effect on `workers.dev`, where the Cache API stores nothing.
 *
 * @param cache `caches.default`, or a function that opens a cache, because that is possible only while a
 * request is handled: `cacheStore(() => caches.open('mcp-gatehouse'))`.
 * @returns A store for `documentStore`.
 * @example
 * ```ts
 * function withCache(caches: { open(name: string): Promise<WorkerCache> }, secret: string) {
 *   return protectedResource({
 *     resource: 'https://api.example.com/notes',
 *     authorizationServers: ['https://auth.example.com'],
 *     documentStore: cacheStore(() => caches.open('mcp-gatehouse')),
 *     documentStoreSecret: secret,
 *   })
 * }
 * ```
 */
export function cacheStore(
  cache: WorkerCache | (() => WorkerCache | Promise<WorkerCache>),
): DocumentStore {
  if (typeof cache !== 'function') checkStoreClient(cache, ['match', 'put'], 'cacheStore', OPEN)
  const open = async () => (typeof cache === 'function' ? cache() : cache)
  return {
    async get(key) {
      const found = await (await open()).match(cacheUrl(key))
      return found?.text()
    },
    async set(key, value, ttlSeconds) {
      const headers = {
        'Content-Type': 'text/plain; charset=utf-8',
        'Cache-Control': `max-age=${Math.ceil(ttlSeconds)}`,
      }
      await (await open()).put(cacheUrl(key), new Response(value, { headers }))
    },
  }
}

/**
 * Shares documents through KV between all isolates in the world.
 *
 * A write may become visible in other places only after a minute, so documents may be that old. KV
 * accepts one write per second and key. When several isolates write at once, those that fail emit an
 * event and keep the document they fetched.
 *
 * @param namespace The binding, such as `env.DOCUMENTS`.
 * @returns A store for `documentStore`.
 * @example
 * ```ts
 * function withKv(env: { DOCUMENTS: WorkerKvNamespace; STORE_SECRET?: string }) {
 *   return protectedResource({
 *     resource: 'https://api.example.com/notes',
 *     authorizationServers: ['https://auth.example.com'],
 *     documentStore: kvStore(env.DOCUMENTS),
 *     documentStoreSecret: env.STORE_SECRET ?? '', // a ConfigError if it is not set
 *   })
 * }
 * ```
 */
export function kvStore(namespace: WorkerKvNamespace): DocumentStore {
  checkStoreClient(namespace, ['get', 'put'], 'kvStore', BIND)
  return {
    get: async (key) => (await namespace.get(key)) ?? undefined,
    set: (key, value, ttlSeconds) =>
      namespace.put(key, value, {
        expirationTtl: Math.max(SHORTEST_KV_SECONDS, Math.ceil(ttlSeconds)),
      }),
  }
}

function cacheUrl(key: string): string {
  return ORIGIN + encodeURIComponent(key)
}
