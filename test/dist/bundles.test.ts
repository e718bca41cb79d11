import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }

const entries = Object.values(manifest.exports)
  .flatMap((it) => (typeof it === 'string' ? [] : [it.default]))
  .filter((path) => !/\/(node|fastify)\.js$/.test(path))

describe('the build', () => {
  test.each(entries)('%s can be bundled for hosts without Node built-ins', async (entry) => {
    const { errors, metafile } = await build({
      entryPoints: [entry],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      // Fails on every import that is neither bundled nor listed here.
      platform: 'browser',
      external: ['hono'],
      logLevel: 'silent',
    })
    expect(errors).toEqual([])
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports)
    expect(imports.filter(({ path }) => path !== 'hono')).toEqual([])
  })

  test('./dist/node.js needs Node, so the test above can fail', async () => {
    const bundle = build({
      entryPoints: ['./dist/node.js'],
      bundle: true,
      write: false,
      platform: 'browser',
      logLevel: 'silent',
    })
    await expect(bundle).rejects.toThrow('node:crypto')
  })
})
