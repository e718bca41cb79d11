/** Examples of the Redis stores. `npm run docs` copies each region into the comments of its symbols. */

import { protectedResource } from 'mcp-gatehouse'
import { type RedisCommand, redisDocumentStore, redisReplayStore } from 'mcp-gatehouse/redis'

// #region RedisCommand
// What every client of the package `redis` has.
export function commandOf(client: { sendCommand(args: string[]): Promise<unknown> }): RedisCommand {
  return (...args) => client.sendCommand(args)
}
// #endregion

// #region redisDocumentStore redisReplayStore
export function withRedis(command: RedisCommand, secret: string) {
  return protectedResource({
    resource: 'https://api.example.com/notes',
    authorizationServers: ['https://auth.example.com'],
    documentStore: redisDocumentStore(command),
    documentStoreSecret: secret,
    dpop: { replay: redisReplayStore(command) },
  })
}
// #endregion
