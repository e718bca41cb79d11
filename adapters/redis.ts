/** Stores in Redis, Valkey and compatible databases, through any client. */

import type { DocumentStore, ReplayStore } from '../src/index.ts'

/**
 * Sends one command and returns its reply:
 *
 * - `redis`: `(...args) => client.sendCommand(args)`
 * - `ioredis`: `(name, ...args) => client.call(name, ...args)`
 * - Bun: `(name, ...args) => Bun.redis.send(name, args)`
 *
 * @example
 * ```ts
 * // What every client of the package `redis` has.
 * function commandOf(client: { sendCommand(args: string[]): Promise<unknown> }): RedisCommand {
 *   return (...args) => client.sendCommand(args)
 * }
 * ```
 */
export type RedisCommand = (...args: string[]) => Promise<unknown>

/** Sets the keys of proofs apart from others in the database. Keys of documents have their own prefix. */
const REPLAY_PREFIX = 'mcp-gatehouse:dpop:'

/**
 * Stores used DPoP proofs in Redis (`SET key 1 NX PX …`), for all machines that share the database.
 *
 * Set `maxmemory-policy noeviction`: then a write fails when memory runs out, and the request with it.
 * Any other policy evicts proofs, which can then be replayed. Redis may lose writes made just before a
 * failover, together with the old primary.
 *
 * @param command Sends a command with your client.
 * @returns A store for `dpop.replay`. It rejects if Redis fails or sends an unexpected reply; that request
 * gets a 503.
 * @example
 * ```ts
 * function withRedis(command: RedisCommand, secret: string) {
 *   return protectedResource({
 *     resource: 'https://api.example.com/notes',
 *     authorizationServers: ['https://auth.example.com'],
 *     documentStore: redisDocumentStore(command),
 *     documentStoreSecret: secret,
 *     dpop: { replay: redisReplayStore(command) },
 *   })
 * }
 * ```
 */
export function redisReplayStore(command: RedisCommand): ReplayStore {
  checkCommand(command, 'redisReplayStore')
  return {
    async add(key, expiresAt) {
      const lifetime = milliseconds(expiresAt - Date.now() / 1000)
      const reply = await command('SET', REPLAY_PREFIX + key, '1', 'NX', 'PX', lifetime)
      // Only these two replies are valid: `undefined` means a forgotten `return` in `command`.
      if (reply === null) return false
      if (textOf(reply) === 'OK') return true
      throw new TypeError(
        'The reply to SET … NX is neither OK nor nil: command must return the reply of the client.',
      )
    },
  }
}

/**
 * Shares documents through Redis between all machines that use the database.
 *
 * For the marks of `revokedBefore` set `maxmemory-policy noeviction`: any other policy may remove a mark, and the
 * revoked tokens are accepted again. Documents need no such policy.
 *
 * @param command Sends a command with your client.
 * @returns A store for `documentStore`.
 * @example
 * ```ts
 * function withRedis(command: RedisCommand, secret: string) {
 *   return protectedResource({
 *     resource: 'https://api.example.com/notes',
 *     authorizationServers: ['https://auth.example.com'],
 *     documentStore: redisDocumentStore(command),
 *     documentStoreSecret: secret,
 *     dpop: { replay: redisReplayStore(command) },
 *   })
 * }
 * ```
 */
export function redisDocumentStore(command: RedisCommand): DocumentStore {
  checkCommand(command, 'redisDocumentStore')
  return {
    async get(key) {
      const reply = await command('GET', key)
      return reply === null ? undefined : textOf(reply)
    },
    async set(key, value, ttlSeconds) {
      const reply = await command('SET', key, value, 'PX', milliseconds(ttlSeconds))
      // A revocation that was only queued, or never sent, must not look like one that is stored.
      if (textOf(reply) !== 'OK')
        throw new TypeError(
          'The reply to SET is not OK: command must return the reply of the client.',
        )
    },
  }
}

/** A client in its place would fail at every request, as a database that is out of reach does. */
function checkCommand(command: unknown, name: string): void {
  if (typeof command === 'function') return
  throw new TypeError(
    `${name}() takes a function that sends a command, such as (...args) => client.sendCommand(args).`,
  )
}

/** Some clients return bytes, others text. */
function textOf(reply: unknown): string {
  if (typeof reply === 'string') return reply
  if (reply instanceof Uint8Array) return new TextDecoder().decode(reply)
  throw new TypeError(
    'The reply is neither text nor nil; does the command function return the reply?',
  )
}

/** Redis accepts whole milliseconds from 1. */
function milliseconds(seconds: number): string {
  return String(Math.max(1, Math.ceil(seconds * 1000)))
}
