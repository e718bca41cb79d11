import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { testConnections } from './connection.ts'
import { start } from './processes.ts'
import { runSuite } from './run.ts'
import { BEHAVIOURS } from './suite.ts'

runSuite(
  {
    name: 'Deno',
    binary: 'deno',
    start: (servers, suite) => {
      const argv = ['run', ...flags(servers.origin), 'test/runtimes/serve-deno.ts']
      return start('deno', argv, { RUNTIME_SUITE: suite, RUNTIME_SUITE_SERVE: 'yes' })
    },
  },
  (stage) => {
    const { scene, suite, origin, createClient } = stage
    testConnections(stage)

    test('is served by `deno serve` too', async () => {
      const where = ['--host', '127.0.0.1', '--port', '0']
      const argv = [
        'serve',
        ...where,
        ...flags(scene.servers.origin),
        'test/runtimes/serve-deno.ts',
      ]
      const running = await start('deno', argv, { RUNTIME_SUITE: suite() })
      const other = { ...scene, client: createClient(running.origin) }
      const wanted = BEHAVIOURS.filter(({ title }) => /^(serves|accepts|rejects)/.test(title))
      for (const { title, act, expected } of wanted) {
        expect(await act(other), title).toEqual(expected)
      }
      await running.close()
    })

    test('responds with 501 to methods that no Request can have', async () => {
      for (const method of ['get', 'head', 'post', 'patch', 'TRACK', 'TRACE']) {
        expect([method, await statusOf(origin(), method)]).toEqual([method, 501])
      }
      expect(await statusOf(origin(), 'PURGE')).toBe(401)
    })
  },
)

/** Over a socket, because clients change or reject such methods. */
async function statusOf(origin: string, method: string): Promise<number> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  socket.write(`${method} /mcp HTTP/1.1\r\nHost: rs.example\r\nConnection: close\r\n\r\n`)
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk)
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(Buffer.concat(chunks).toString())?.[1])
}

function flags(authorizationServer: string): string[] {
  return [
    '--no-prompt',
    '--allow-env=RUNTIME_SUITE,RUNTIME_SUITE_SERVE',
    // Permission to listen and to reach the authorization servers only.
    `--allow-net=127.0.0.1:0,${new URL(authorizationServer).host}`,
    '--no-lock',
    '--no-remote',
    '--node-modules-dir=manual',
  ]
}
