/** Limits the size of each entry, minified and compressed. */

import { existsSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

/** The bytes that an adapter adds to the core. */
const ADAPTERS: Readonly<Record<string, number>> = {
  bun: 1000,
  // Two Durable Objects, and the names of bindings that are not set.
  cloudflare: 2000,
  // With the rest of rejected requests, which it waits for.
  deno: 1750,
  // With the warning of metadata below a path.
  hono: 2450,
  // It converts between node:http and Request, copies requests that repeat, reads bodies ahead without streams, pipes for
  // gateways as whole responses, waits for the rest of rejected requests, and writes parsed forms as forms. 115 bytes are
  // for Node before 22.17, HTTP/2 on Node 22, and streams on Node 26.
  node: 11_290,
  // The Node adapter, the hooks, and the metadata that several plugins share.
  fastify: 10_850,
  otel: 1000,
  redis: 1000,
}
/** The reasons are in docs/decisions/0007. Each feature that is added has a row of its own below. */
const EVERYTHING = 68_000
/** The core entry with JWTs alone, from its source and from the build, and its share of everything. */
const CORE = { bytes: 43_000, builtBytes: 43_170, share: 0.64 }
/** The bytes that each feature of the core entry adds. */
const FEATURES: Readonly<Record<string, number>> = {
  // Its words compress by what surrounds them, as do those of custom.
  dpop: 3210,
  // Seven formats of certificate fields.
  mtls: 1350,
  // With the class AuthError, which nothing else in the core throws.
  operations: 9300,
  introspection: 5700,
  // With the map of its cache, which counts sizes.
  custom: 2210,
  // With the bytes of the status lists of all tenants, which share a limit, and the times of the latest list.
  revocation: 2820,
  // With the words of its mistakes, which compress by what surrounds them, and the claims of the servers of tenants.
  sessions: 2400,
  audit: 850,
}
/** The bytes of single functions: a bundler must be able to remove the rest. */
const ALONE: Readonly<Record<string, number>> = {
  // With the table of errors, which the core has anyway, and the check of codes and lists.
  AuthError: 1675,
  requireScopes: 2000,
  protectedResourceMetadataUrl: 250,
  // With the mistakes of URLs that it compares.
  checkAuthorizationServer: 4750,
  discoverAuthorizationServer: 5650,
  signProtectedResourceMetadata: 2750,
}

describe('minified and compressed', () => {
  it.each(Object.entries(ADAPTERS))(
    'the adapter %s adds at most %i bytes',
    async (name, budget) => {
      const weight = await weigh(`export * from '${sourceOf(name)}'`, [
        '../src/index.ts',
        '../../src/index.ts',
        // Parts of the core that it does not export.
        '../src/check-request.ts',
        '../../src/check-request.ts',
        '../../src/guard.ts',
        '../../src/response/complete-response.ts',
        '../src/response/metadata-responses.ts',
        '../../src/response/metadata-responses.ts',
        '../../src/response/open-session.ts',
        '../src/http/request-target.ts',
        '../../src/http/request-target.ts',
        '../src/contract/events.ts',
        '../src/resource/state.ts',
        '../../src/resource/state.ts',
        'hono',
      ])
      expect(weight).toBeGreaterThan(200)
      expect(weight).toBeLessThanOrEqual(budget)
    },
  )

  it('protect and protectedResource weigh at most 68 kB, valibot included', async () => {
    const weight = await weigh(MAIN, [])
    expect(weight).toBeGreaterThan(20_000)
    expect(weight).toBeLessThanOrEqual(EVERYTHING)
  })

  it('the core entry with JWTs alone weighs at most 0.64 of that', async () => {
    const weight = await weigh(withFeatures(), [])
    expect(weight).toBeGreaterThan(20_000)
    expect(weight).toBeLessThanOrEqual(CORE.bytes)
    expect(weight / (await weigh(MAIN, []))).toBeLessThanOrEqual(CORE.share)
  })

  it('the core entry with every feature weighs at most 1.02 of the main entry', async () => {
    const weight = await weigh(withFeatures(...Object.keys(FEATURES)), [])
    expect(weight / (await weigh(MAIN, []))).toBeLessThanOrEqual(1.02)
  })

  it('the build of the core entry weighs hardly more than its source', async () => {
    const built = withFeatures().replace('./src/core.ts', './dist/core.js')
    expect(await weigh(built, [])).toBeLessThanOrEqual(CORE.builtBytes)
  })

  it.each(Object.entries(FEATURES))('%s() adds at most %i bytes', async (name, budget) => {
    const weight = (await weigh(withFeatures(name), [])) - (await weigh(withFeatures(), []))
    expect(weight).toBeGreaterThan(200)
    expect(weight).toBeLessThanOrEqual(budget)
  })

  it('forward() adds at most 4.5 kB to the core', async () => {
    const gateway = `${MAIN}\nexport { forward } from './src/gateway/index.ts'`
    expect((await weigh(gateway, [])) - (await weigh(MAIN, []))).toBeLessThanOrEqual(4500)
  })

  it('the token exchange weighs at most 20 kB alone, valibot included', async () => {
    const weight = await weigh(`export { createTokenExchange } from './dist/exchange.js'`, [])
    expect(weight).toBeGreaterThan(5000)
    expect(weight).toBeLessThanOrEqual(20_000)
  })

  it('authzen() adds at most 1.5 kB to the core', async () => {
    const core = "export { protect, protectedResource } from './src/index.ts'"
    const both = `${core}\nexport { authzen } from './src/authzen.ts'`
    expect((await weigh(both, [])) - (await weigh(core, []))).toBeLessThanOrEqual(1500)
  })

  it.each(Object.entries(ALONE))('%s alone weighs at most %i bytes', async (name, budget) => {
    const weight = await weigh(`export { ${name} } from './dist/index.js'`, [])
    expect(weight).toBeGreaterThan(100)
    expect(weight).toBeLessThanOrEqual(budget)
  })
})

const MAIN = "export { protect, protectedResource } from './src/index.ts'"

function withFeatures(...names: string[]): string {
  return `export { ${['protect', 'protectedResource', ...names].join(', ')} } from './src/core.ts'`
}

/** An adapter is a file, or a folder with an index. */
function sourceOf(name: string): string {
  const file = `./adapters/${name}.ts`
  return existsSync(file) ? file : `./adapters/${name}/index.ts`
}

async function weigh(contents: string, external: string[]): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['import'],
    external: [...external, 'node:*', '@opentelemetry/api'],
  })
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).byteLength
}
