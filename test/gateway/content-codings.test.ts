/** Which bodies `fetch` has decoded, by host and `Content-Encoding`. `test/runtimes/gateway-hop.test.ts` tries the hosts. */

import { createServer } from 'node:http'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { expect, it, vi } from 'vitest'
import { isDecoded } from '../../src/gateway/content-codings.ts'
import { portOf, start } from '../support/node-server.ts'
import { createGateway } from './scene.ts'

const [NODE, BUN, DENO, WORKERS] = ['Node.js/24', 'Bun/1.4.5', 'Deno/2.9.5', 'Cloudflare-Workers']

it.each([
  ['gzip', NODE, true],
  ['gzip, x-gzip,br', NODE, true],
  ['GZIP', NODE, true],
  ['gzip, identity', NODE, false],
  ['compress', NODE, false],
  ['zstd', NODE, undefined],
  ['gzip, zstd', NODE, undefined],
  ['zstd', BUN, true],
  ['gzip, br', BUN, undefined],
  ['compress', BUN, false],
  ['GZIP', DENO, true],
  ['deflate', DENO, false],
  ['gzip, br', DENO, false],
  ['br', WORKERS, true],
  ['GZIP', WORKERS, false],
  ['x-gzip', WORKERS, false],
  ['gzip', '', true],
  ['deflate', '', undefined],
  ['deflate', 'another/1', undefined],
  ['Identity', 'another/1', true],
  ['gzip, br, gzip, br, gzip', NODE, true],
  ['gzip, br, gzip, br, gzip, br', NODE, false],
  ['ZSTD', NODE, undefined],
  ['GZIP', BUN, true],
  ['', BUN, false],
  ['gzip, br', WORKERS, false],
  ['x-gzip', '', undefined],
  ['gzip, br', '', undefined],
  // Hosts whose names only contain those of others.
  ['deflate', `My ${NODE}`, undefined],
  ['zstd', `My ${BUN}`, undefined],
  ['deflate', `My ${DENO}`, undefined],
  ['deflate', `My ${WORKERS}`, undefined],
  ['deflate', `${WORKERS}/2`, undefined],
] as const)('%s on %s', (codings, host, expected) => {
  expect(isDecoded(codings, host)).toBe(expected)
})

it('a host without navigator is not known', () => {
  vi.stubGlobal('navigator', undefined)
  const decoded = ['gzip', 'deflate'].map((coding) => isDecoded(coding))
  vi.unstubAllGlobals()
  expect(decoded).toEqual([true, undefined])
})

it.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
] as const)('passes on %s decoded, without the old length', async (coding, encode) => {
  const encoded = encode('plain text')
  const upstream = await start(
    createServer((_req, res) => {
      res.writeHead(200, { 'Content-Encoding': coding, 'Content-Length': encoded.length })
      res.end(encoded)
    }),
  )
  const gateway = await createGateway('fetch', `http://127.0.0.1:${portOf(upstream)}`)
  const response = await gateway.ask({ method: 'GET' })
  expect(await response.text()).toBe('plain text')
  expect(response.headers.get('Content-Encoding')).toBeNull()
  expect(response.headers.get('Content-Length')).toBeNull()
})

it('responds 502 where it cannot know whether the body was decoded', async () => {
  const gateway = await createGateway('fetch', 'https://up.example', {
    fetch: async () => new Response('body', { headers: { 'Content-Encoding': 'zstd' } }),
  })
  const response = await gateway.ask()
  expect(response.status).toBe(502)
  expect(await response.json()).toMatchObject({ error: 'bad_gateway' })
})
