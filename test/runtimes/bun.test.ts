import { once } from 'node:events'
import { connect } from 'node:net'
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
  ({ scene, origin }) => {
    test('keeps an event stream open beyond the idle timeout of one second', async () => {
      const headers = { authorization: `Bearer ${await scene.servers.token({})}` }
      const [events, text] = await Promise.allSettled([
        scene.client.send({ path: '/mcp/silent', headers }),
        scene.client.send({ path: '/mcp/silence', headers }),
      ])
      expect(events.status === 'fulfilled' && events.value.body.toString()).toBe('data: late\n\n')
      // Other responses are cut off, which shows that the timeout is in force.
      expect(text.status).toBe('rejected')
    }, 20_000)

    /** Sends parts of requests on one connection, each after the response to the one before it. */
    async function converse(parts: readonly string[]) {
      const socket = connect(Number(new URL(origin()).port), '127.0.0.1')
      const ended = once(socket, 'close')
      const responses: string[] = []
      for (const part of parts) {
        socket.write(part)
        const [response] = await Promise.race([once(socket, 'data'), ended])
        responses.push(String(response))
      }
      return { responses, socket, ended }
    }

    const head = (length: number, token = ''): string =>
      `POST /mcp HTTP/1.1\r\nHost: rs.example\r\nContent-Length: ${length}\r\n${token}\r\n`

    test('keeps a connection on which a rejected request has arrived', async () => {
      const token = `Authorization: Bearer ${await scene.servers.token({})}\r\n`
      const { responses, socket } = await converse([`${head(3)}abc`, `${head(3, token)}abc`])
      expect(responses[0]).toMatch(/^HTTP\/1\.1 401 /)
      expect(responses[0]).not.toMatch(/^connection:/im)
      expect(responses[1]).toMatch(/^HTTP\/1\.1 200 /)
      socket.destroy()
    })

    test('ends a connection on which a rejected request has not arrived', async () => {
      const { responses, ended } = await converse([`${head(100_000)}abc`])
      expect(responses[0]).toMatch(/^HTTP\/1\.1 401 /)
      expect(responses[0]).toMatch(/^connection: close\r$/im)
      await ended
    })
  },
)
