import { expect, test } from 'vitest'
import { start } from './processes.ts'
import { runSuite } from './run.ts'

runSuite(
  {
    name: 'Bun',
    binary: 'bun',
    start: (_servers, suite) =>
      start('bun', ['test/runtimes/serve-bun.ts'], { RUNTIME_SUITE: suite }),
  },
  ({ scene }) => {
    test('lets an event stream be silent for longer than the idle timeout of a second', async () => {
      const headers = { authorization: `Bearer ${await scene.servers.token({})}` }
      const [events, text] = await Promise.allSettled([
        scene.client.send({ path: '/mcp/silent', headers }),
        scene.client.send({ path: '/mcp/silence', headers }),
      ])
      expect(events.status === 'fulfilled' && events.value.body.toString()).toBe('data: late\n\n')
      // What is no event stream is cut off, so the timeout was there to be lifted.
      expect(text.status).toBe('rejected')
    }, 20_000)
  },
)
