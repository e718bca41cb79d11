/** Every runtime as a client with DPoP. The server requires proofs with a nonce. */

import { execFile } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { calculateJwkThumbprint, type JWK } from 'jose'
import { protectedResource } from 'mcp-gatehouse'
import { protect } from 'mcp-gatehouse/node'
import { createTestIssuer } from 'mcp-gatehouse/testing'
import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listen, stop } from '../../examples/demo/listen.ts'
import { bundleWorker, COMPATIBILITY_DATE } from '../support/bundle-worker.ts'
import { ALGORITHMS } from './dpop-clients.ts'
import { absence, ROOT } from './processes.ts'

const COMMANDS: readonly (readonly string[])[] = [
  ['node'],
  ['bun', 'run'],
  ['deno', 'run', '--no-prompt', '--no-lock', '--node-modules-dir=manual', '--allow-net=127.0.0.1'],
]
const EXPECTED = Object.fromEntries(
  ['dpop', 'oauth4webapi', 'MCP SDK 2.x'].flatMap((name) =>
    ALGORITHMS.map((alg) => [`${name} ${alg}`, '200 user-1: text']),
  ),
)

describe('a client with DPoP', { timeout: 30_000 }, () => {
  let server: Server
  let origin: string

  beforeAll(async () => {
    server = createServer()
    origin = await listen(server)
    const resource = `${origin}/mcp`
    const issuer = createTestIssuer({ resource })
    const notes = protectedResource({
      resource,
      authorizationServers: [issuer.issuer],
      fetch: issuer.fetch,
      dpop: { required: true, nonce: { secret: 'a secret of more than 32 bytes, for nonces' } },
      onEvent: () => {},
    })
    const guarded = protect(
      notes,
      async (request, auth) => new Response(`${auth.subject}: ${await request.text()}`),
    )
    server.on('request', async (request, response) => {
      if (request.url !== '/token') return guarded(request, response)
      const jkt = await calculateJwkThumbprint((await json(request)) as JWK)
      response.end(await issuer.token({ cnf: { jkt } }))
    })
  })
  afterAll(() => stop(server))

  for (const [binary = '', ...argv] of COMMANDS) {
    it.skipIf(absence(binary) !== undefined)(`gets through on ${binary}`, async () => {
      const path = join(ROOT, 'node_modules', '.bin', binary)
      const program = [...argv, 'test/runtimes/print-dpop-clients.ts', origin]
      const { stdout } = await promisify(execFile)(path, program, { cwd: ROOT })
      expect(JSON.parse(stdout)).toEqual(EXPECTED)
    })
  }

  it.skipIf(absence('workerd') !== undefined)('gets through on workerd', async () => {
    const worker = new Miniflare({
      modules: true,
      script: await bundleWorker('test/runtimes/dpop-clients-worker.ts'),
      compatibilityDate: COMPATIBILITY_DATE,
    })
    try {
      const response = await worker.dispatchFetch(`https://worker.example/?origin=${origin}`)
      expect(await response.json()).toEqual(EXPECTED)
    } finally {
      await worker.dispose()
    }
  })
})
