/** Redis, Valkey and what speaks like them, through whichever client you have. */

import type { DocumentStore, ReplayStore } from '../src/index.ts'

/**
 * Sends one command and gives its reply:
 *
 * - `redis`: `(...args) => client.sendCommand(args)`
 * - `ioredis`: `(name, ...args) => client.call(name, ...args)`
 * - Bun: `(name, ...args) => Bun.redis.send(name, args)`
 */
export type RedisCommand = (...args: string[]) => Promise<unknown>

/** Proofs are told from whatever else lives in the database; documents say it in their keys. */
const REPLAY_PREFIX = 'mcp-gatehouse:dpop:'

/**
 * Remembers spent DPoP proofs in Redis (`SET key 1 NX PX …`), for all machines that share it.
 *
 * The database must be set to `maxmemory-policy noeviction`: any other forgets proofs when memory runs
 * short, and they can be replayed. With it such a write fails instead, and the request with it. What
 * was written just before a failover may be lost with the old primary: that is Redis' promise, not
 * ours to better.
 *
 * @param command Sends a command by your client.
 * @returns A store for `dpop.replay`. It rejects where Redis fails or replies anything unforeseen,
 * which makes that request a 503.
 */
export function redisReplayStore(command: RedisCommand): ReplayStore {
  return {
    async add(key, expiresAt) {
      const life = milliseconds(expiresAt - Date.now() / 1000)
      const reply = await command('SET', REPLAY_PREFIX + key, '1', 'NX', 'PX', life)
      // Nothing but the two replies that Redis has for this: `undefined` is a forgotten `return`.
      if (reply === null) return false
      if (textOf(reply) === 'OK') return true
      throw new TypeError('SET … NX was answered neither OK nor nil.')
    },
  }
}

/**
 * Shares documents through Redis, for all machines that share it.
 *
 * @param command Sends a command by your client.
 * @returns A store for `documentStore`.
 */
export function redisDocumentStore(command: RedisCommand): DocumentStore {
  return {
    async get(key) {
      const reply = await command('GET', key)
      return reply === null ? undefined : textOf(reply)
    },
    async set(key, value, ttlSeconds) {
      await command('SET', key, value, 'PX', milliseconds(ttlSeconds))
    },
  }
}

/** Some clients give bytes where others give text. */
function textOf(reply: unknown): string {
  if (typeof reply === 'string') return reply
  if (reply instanceof Uint8Array) return new TextDecoder().decode(reply)
  throw new TypeError('Redis replied neither text nor nil; does the command function return it?')
}

/** Redis takes whole milliseconds, and at least one. */
function milliseconds(seconds: number): string {
  return String(Math.max(1, Math.ceil(seconds * 1000)))
}
