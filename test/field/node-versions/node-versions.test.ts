/**
 * The build on the oldest Node that the package supports, and on the current LTS: the behaviours of every runtime, the
 * gateway, HTTP/2 and the command. `npm test` runs on one version only. Installs 250 MB; takes about 20 s.
 */

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { createSecureServer } from 'node:http2'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import manifest from '../../../package.json' with { type: 'json' }
import { testConnections } from '../../runtimes/connection.ts'
import { readAll, useGateway } from '../../runtimes/gateway-scene.ts'
import { absence, ROOT, start } from '../../runtimes/processes.ts'
import { runSuite } from '../../runtimes/run.ts'
import { createCertificate } from '../../support/certificate.ts'
import { portOf } from '../../support/node-server.ts'
import lock from './package-lock.json' with { type: 'json' }

const { packages } = lock
const VERSIONS = [packages['node_modules/node-22'], packages['node_modules/node-26']].map(
  ({ version }) => [version, version.split('.')[0]] as const,
)
const BUILT = join(import.meta.dirname, '.build')
const ENTRIES = Object.values(manifest.exports).flatMap((entry) =>
  typeof entry === 'string' ? [] : [join(ROOT, entry.default)],
)

// Node 22.0 does not run TypeScript.
beforeAll(async () => {
  await mkdir(BUILT, { recursive: true })
  await build({
    entryPoints: ['serve-node', 'gateway-node'].map((name) =>
      join(ROOT, `test/runtimes/${name}.ts`),
    ),
    outdir: BUILT,
    bundle: true,
    platform: 'node',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
  })
})
afterAll(() => rm(BUILT, { recursive: true, force: true }))

for (const [version, major] of VERSIONS) {
  const binary = join(import.meta.dirname, `node_modules/node-${major}/bin/node`)
  const missing = absence(binary)
  const name = `Node ${version}`

  runSuite(
    {
      name,
      binary,
      start: (_servers, suite) =>
        start(binary, [join(BUILT, 'serve-node.mjs')], { RUNTIME_SUITE: suite }),
    },
    testConnections,
  )

  describe(`on ${name}, forward()`, () => {
    const { it, exchange } = useGateway(binary, (GATEWAY) =>
      start(binary, [join(BUILT, 'gateway-node.mjs')], { GATEWAY }),
    )

    it('passes on a whole response in several chunks', async () => {
      const { res, response } = await exchange('POST', '/mcp', {}, '{}')
      const chunks = '3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n'
      res.socket?.end(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`)
      expect((await readAll(await response)).toString()).toBe('onetwo')
    })

    it('passes on each event at once', async () => {
      const { res, response } = await exchange('GET')
      res.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
      const events = await response
      for (let count = 0; count < 5; count++) {
        res.write(`data: ${count}\n\n`)
        const [chunk] = (await once(events, 'data')) as [Buffer]
        expect(chunk.toString()).toBe(`data: ${count}\n\n`)
      }
      events.destroy()
    })
  })

  describe.skipIf(missing !== undefined)(`on ${name}`, () => {
    const run = (...argv: string[]) => promisify(execFile)(binary, argv)

    test('every entry loads, without a warning', async () => {
      const imports = ENTRIES.map((path) => `await import(${JSON.stringify(path)})`).join('\n')
      const { stdout, stderr } = await run(
        '--input-type=module',
        '--eval',
        `${imports}\nconsole.log(process.version)`,
      )
      expect([stdout, stderr]).toEqual([`v${version}\n`, ''])
    })

    test('protect() waits for a slow client over HTTP/2, and gives the handler a whole body', async () => {
      const { stdout, stderr } = await run(join(import.meta.dirname, 'http2.mjs'))
      expect([JSON.parse(stdout), stderr]).toEqual([
        { text: 'x'.repeat(3000), isBounded: true },
        '',
      ])
    })

    // Over HTTP/2, a connection that fell silent would fail each later request.
    test('documents are fetched over HTTP/1.1, also from a server that speaks HTTP/2', async () => {
      const { pem, key } = createCertificate()
      const versions: string[] = []
      const server = createSecureServer({ cert: pem, key, allowHTTP1: true }, (req, res) => {
        versions.push(req.httpVersion)
        res.setHeader('Content-Type', 'application/json')
        res.end(JSON.stringify({ issuer: `https://127.0.0.1:${portOf(server)}` }))
      })
      await once(server.listen(0, '127.0.0.1'), 'listening')
      const trusted = join(BUILT, 'certificate.pem')
      await writeFile(trusted, pem)
      const program = `import { discoverAuthorizationServer } from ${JSON.stringify(ENTRIES[0])}
        new Headers() // Node loads its fetch at the first use of such a class.
        await discoverAuthorizationServer('https://127.0.0.1:${portOf(server)}')`
      const env = { ...process.env, NODE_EXTRA_CA_CERTS: trusted }
      try {
        await promisify(execFile)(binary, ['--input-type=module', '--eval', program], { env })
      } finally {
        server.close()
      }
      expect(versions).toEqual(['1.1'])
    })

    test('the command runs', async () => {
      const { stdout, stderr } = await run(join(ROOT, manifest.bin['mcp-gatehouse']), '--help')
      expect([stdout.includes('doctor'), stderr]).toEqual([true, ''])
    })
  })
}
