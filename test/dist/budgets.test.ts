/** Limits the size of each entry, minified and compressed. */

import { existsSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

/** The bytes that an adapter adds to the core. */
const ADAPTERS: Readonly<Record<string, number>> = {
  bun: 1000,
  cloudflare: 1500,
  deno: 1500,
  hono: 1900,
  // It converts between node:http and Request, and pipes for gateways.
  node: 7600,
  // The Node adapter, and the hooks.
  fastify: 8400,
  otel: 1000,
  redis: 1000,
}
/** The reasons are in docs/decisions/0007. */
const CORE = 52_500
/** The bytes of single functions: a bundler must be able to remove the rest. */
const ALONE: Readonly<Record<string, number>> = {
  AuthError: 1000,
  requireScopes: 2100,
  protectedResourceMetadataUrl: 250,
  checkAuthorizationServer: 4700,
  discoverAuthorizationServer: 6300,
  signProtectedResourceMetadata: 6600,
}

describe('minified and compressed', () => {
  it.each(Object.entries(ADAPTERS))(
    'the adapter %s adds at most %i bytes',
    async (name, budget) => {
      const weight = await weigh(`export * from '${sourceOf(name)}'`, [
        '../src/index.ts',
        '../../src/index.ts',
        'hono',
      ])
      expect(weight).toBeGreaterThan(200)
      expect(weight).toBeLessThanOrEqual(budget)
    },
  )

  it('protect and protectedResource weigh at most 52.5 kB, jose and valibot included', async () => {
    const weight = await weigh(`export { protect, protectedResource } from './src/index.ts'`, [])
    expect(weight).toBeGreaterThan(20_000)
    expect(weight).toBeLessThanOrEqual(CORE)
  })

  it('forward() adds at most 4.5 kB to the core', async () => {
    const core = "export { protect, protectedResource } from './src/index.ts'"
    const gateway = `${core}\nexport { forward } from './src/gateway/index.ts'`
    expect((await weigh(gateway, [])) - (await weigh(core, []))).toBeLessThanOrEqual(4500)
  })

  it('the token exchange weighs at most 34 kB alone, jose and valibot included', async () => {
    const weight = await weigh(`export { createTokenExchange } from './dist/exchange.js'`, [])
    expect(weight).toBeGreaterThan(5000)
    expect(weight).toBeLessThanOrEqual(34_000)
  })

  it.each(Object.entries(ALONE))('%s alone weighs at most %i bytes', async (name, budget) => {
    const weight = await weigh(`export { ${name} } from './dist/index.js'`, [])
    expect(weight).toBeGreaterThan(100)
    expect(weight).toBeLessThanOrEqual(budget)
  })
})

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
