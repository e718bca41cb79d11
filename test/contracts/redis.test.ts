import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { AuthorizationServers } from '../runtimes/authorization-server.ts'
import { absence, start as startProcess } from '../runtimes/processes.ts'
import { connectRedis } from '../support/redis-client.ts'
import { type RedisServer, redisAbsence, startRedis } from '../support/redis-server.ts'
import { type Cluster, testEngine } from './cluster.ts'
import { connect, type Member } from './remote.ts'

const missing = redisAbsence() ?? absence('bun')
let redis: RedisServer

beforeAll(async () => {
  if (missing === undefined) redis = await startRedis()
})
afterAll(() => redis?.stop())

testEngine({ name: 'Redis, from Node and from Bun', missing, start }, (stage) => {
  test('a Redis without memory makes DPoP requests 503, and emits events', async () => {
    const { servers, prove } = stage()
    const { command, close } = await connectRedis(redis.port)
    const process = await startMember('node', servers)
    const member = connect(process.origin)
    await command('FLUSHALL')
    await command('CONFIG', 'SET', 'maxmemory', '1')
    await expectUnavailable(member, await prove())
    // The keys were fetched, but could not be shared.
    const outcomes = ['fetched', 'store_failed', 'fetched', 'store_failed']
    await vi.waitUntil(async () => (await documentEvents(member)).length === 4)
    expect((await documentEvents(member)).sort()).toEqual(outcomes.sort())
    await command('CONFIG', 'SET', 'maxmemory', '0')
    expect((await member.request(await prove())).status).toBe(200)
    await process.close()
    close()
  })

  test('an unreachable Redis makes DPoP requests 503', async () => {
    const { members, prove } = stage()
    await redis.stop()
    for (const member of members) await expectUnavailable(member, await prove())
  })
})

async function start(servers: AuthorizationServers): Promise<Cluster> {
  const [one, other] = await Promise.all([
    startMember('node', servers),
    startMember('bun', servers),
  ])
  return {
    origins: [one.origin, other.origin],
    close: async () => void (await Promise.all([one.close(), other.close()])),
  }
}

function startMember(binary: 'node' | 'bun', servers: AuthorizationServers) {
  const env = { REDIS_PORT: String(redis.port), AUTHORIZATION_SERVER: servers.origin }
  return startProcess(binary, [`test/contracts/serve-${binary}.ts`], env)
}

/** The rejection has no challenge, because the token may be valid. */
async function expectUnavailable(member: Member, headers: Record<string, string>): Promise<void> {
  const before = await member.state()
  const response = await member.request(headers)
  expect({
    status: response.status,
    challenge: response.headers.get('WWW-Authenticate'),
    retry: response.headers.get('Retry-After'),
    cache: response.headers.get('Cache-Control'),
    body: await response.json(),
  }).toEqual({
    status: 503,
    challenge: null,
    retry: '5',
    cache: 'no-store',
    body: {
      error: 'temporarily_unavailable',
      error_description: 'The access token cannot be checked right now.',
    },
  })
  const { runs, events } = await member.state()
  expect(runs).toBe(before.runs)
  expect(events).toContain('unavailable')
}

async function documentEvents(member: Member): Promise<string[]> {
  return (await member.state()).events.filter((event) => event !== 'unavailable')
}
