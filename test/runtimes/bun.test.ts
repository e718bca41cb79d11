import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../support/http-client.ts'
import { testConnections } from './connection.ts'
import { type Running, start } from './processes.ts'
import { runSuite } from './run.ts'

runSuite(
  {
    name: 'Bun',
    binary: 'bun',
    start: (_servers, suite) =>
      start('bun', ['test/runtimes/serve-bun.ts'], { RUNTIME_SUITE: suite }),
  },
  (stage) => {
    const { scene, suite } = stage
    let hurried: Running | undefined
    let client: Client

    // The shortest timeout: a stream that lasts longer shows that the adapter lifted it. The suite has the default
    // of Bun, because a busy machine may take longer than a second for any request.
    beforeAll(async () => {
      const env = { RUNTIME_SUITE: suite(), IDLE_TIMEOUT: '1' }
      hurried = await start('bun', ['test/runtimes/serve-bun.ts'], env)
      client = stage.createClient(hurried.origin)
    })
    afterAll(() => hurried?.close())

    test('keeps an event stream open beyond the idle timeout of one second', async () => {
      const headers = { authorization: `Bearer ${await scene.servers.token({})}` }
      const [events, text] = await Promise.allSettled([
        client.send({ path: '/mcp/silent', headers }),
        client.send({ path: '/mcp/silence', headers }),
      ])
      expect(events.status === 'fulfilled' && events.value.body.toString()).toBe('data: late\n\n')
      // Other responses are cut off, which shows that the timeout is in force.
      expect(text.status).toBe('rejected')
    }, 20_000)

    test('waits for the handler of a GET that accepts event streams, and of a POST', async () => {
      const authorization = `Bearer ${await scene.servers.token({})}`
      const path = '/mcp/late'
      const accept = 'text/event-stream'
      const [stream, post, other] = await Promise.allSettled([
        client.send({ path, headers: { authorization, accept } }),
        client.send({ path, method: 'POST', headers: { authorization }, body: '{}' }),
        client.send({ path, headers: { authorization } }),
      ])
      expect(stream.status === 'fulfilled' && stream.value.body.toString()).toBe('late')
      expect(post.status === 'fulfilled' && post.value.body.toString()).toBe('late')
      expect(other.status).toBe('rejected')
    }, 20_000)

    testConnections(stage)
  },
)
