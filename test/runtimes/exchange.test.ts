/** The token exchange on every runtime, and across the requests of a Worker. */

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { bundleWorker, COMPATIBILITY_DATE } from '../support/bundle-worker.ts'
import { absence, ROOT } from './processes.ts'

const EXPECTED = {
  concurrent: { exchanges: 1, calls: 0, sameToken: true },
  tokenType: 'Bearer',
  response: [200, 'Bearer'],
  redirect: 302,
  streamed: 200,
  foreign: 'TypeError',
  aborted: 'AbortError',
  bound: [200, 'DPoP'],
  refused: 'The token exchange failed: subject_not_accepted',
  counts: { exchanges: 2, calls: 5 },
}

const COMMANDS: readonly (readonly string[])[] = [
  ['node'],
  ['bun', 'run'],
  ['deno', 'run', '--no-prompt', '--no-lock', '--node-modules-dir=manual'],
]

describe('createTokenExchange()', () => {
  for (const [binary = '', ...argv] of COMMANDS) {
    it.skipIf(absence(binary) !== undefined)(`exchanges and calls on ${binary}`, async () => {
      const path = join(ROOT, 'node_modules', '.bin', binary)
      const program = 'test/runtimes/print-exchange.ts'
      const { stdout } = await promisify(execFile)(path, [...argv, program], { cwd: ROOT })
      expect(JSON.parse(stdout)).toEqual(EXPECTED)
    })

    it.skipIf(absence(binary) !== undefined)(
      `sends a POST once on ${binary} where the API closes a reused connection before its response`,
      async () => {
        const received: string[] = []
        const server = createServer(async ({ url, headers, socket }, response) => {
          if (url === '/up') response.end()
          else {
            const type = headers['content-type']?.replace(/[;=].*/, '')
            received.push(`${url} ${headers['content-length'] !== undefined} ${type}`)
            socket.destroy()
          }
        })
        await once(server.listen(0, '127.0.0.1'), 'listening')
        onTestFinished(() => void server.close())
        const { port } = server.address() as AddressInfo
        const path = join(ROOT, 'node_modules', '.bin', binary)
        const net = binary === 'deno' ? ['--allow-net=127.0.0.1'] : []
        const program = ['test/runtimes/print-repeated.ts', `http://127.0.0.1:${port}`]
        const { stdout } = await promisify(execFile)(path, [...argv, ...net, ...program], {
          cwd: ROOT,
        })
        const names = ['text', 'bytes', 'query', 'form']
        const failures = Object.fromEntries(names.map((name) => [name, 'UpstreamError']))
        expect(JSON.parse(stdout)).toEqual(failures)
        expect(received).toEqual([
          // Bun names no type of a text beside other fields.
          `/text true ${binary === 'bun' ? undefined : 'text/plain'}`,
          '/bytes true undefined',
          '/query true application/x-www-form-urlencoded',
          '/form true multipart/form-data',
        ])
      },
    )
  }
})

describe.skipIf(absence('workerd') !== undefined)('createTokenExchange() on workerd', () => {
  let worker: Miniflare

  beforeAll(async () => {
    worker = new Miniflare({
      modules: true,
      script: await bundleWorker('test/runtimes/exchange-worker.ts'),
      compatibilityDate: COMPATIBILITY_DATE,
    })
    await worker.ready
  })
  afterAll(() => worker.dispose())

  async function ask(path: string): Promise<unknown> {
    return (await worker.dispatchFetch(`https://rs.example${path}`)).json()
  }

  it('exchanges and calls', async () => {
    expect(await ask('/try')).toEqual(EXPECTED)
  })

  it('runs one exchange for concurrent requests of one user, which await no promise of each other', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => ask('/call')))
    expect(results).toEqual(results.map(() => ({ ok: true, exchanges: 1 })))
  })

  it('exchanges for itself where the other request has ended before its exchange', async () => {
    await ask('/abandon')
    expect(await ask('/abandoned')).toMatchObject({ ok: true })
  })
})
