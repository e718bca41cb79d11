import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { Miniflare } from 'miniflare'
import { expect, test } from 'vitest'

test('createTestIssuer() works at module scope in workerd', async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./fixture-worker.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
  })
  const miniflare = new Miniflare({
    modules: true,
    script: outputFiles[0]?.text ?? '',
    compatibilityDate: '2026-06-01',
    outboundService: ({ url }: { readonly url: string }) => {
      throw new Error(`egress to ${url}`)
    },
  })
  try {
    const response = await miniflare.dispatchFetch('https://rs.example/')
    expect(await response.json()).toMatchObject({
      good: 200,
      forged: 401,
      expired: 401,
      introspected: { active: true, aud: 'https://rs.example/mcp' },
      proof: 3,
      // A signature that fails under a known key causes one more fetch of the keys.
      requests: { metadata: 1, jwks: 2, introspection: 1 },
    })
  } finally {
    await miniflare.dispose()
  }
})
