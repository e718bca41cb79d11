/** What an import loads: each file costs time besides its code. See docs/decisions/0007. */

import { readdirSync, readFileSync } from 'node:fs'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

const SCRIPTS = readdirSync('dist').filter((name) => name.endsWith('.js'))

describe('an import of the build', () => {
  it.each(['index.js', 'core.js'])('of %s loads library.js and nothing else', async (entry) => {
    const { metafile } = await build({
      entryPoints: [`dist/${entry}`],
      bundle: true,
      packages: 'external',
      format: 'esm',
      write: false,
      metafile: true,
      // Otherwise files whose exports are unused do not count.
      treeShaking: false,
    })
    expect(Object.keys(metafile.inputs).sort()).toEqual([`dist/${entry}`, 'dist/library.js'].sort())
    const [output] = Object.values(metafile.outputs)
    expect(output?.imports).toEqual([])
    expect(output?.bytes).toBeLessThanOrEqual(430_000)
  })

  // Another character doubles the memory of the file, and makes reading and scanning it slower.
  it.each(SCRIPTS)('of %s reads ASCII only', (name) => {
    expect(readFileSync(`dist/${name}`, 'utf8')).toMatch(/^[\0-\x7f]*$/)
  })

  // Engines look the properties up when they load the file: `lazyPattern()` does so at the first use.
  it('reads no literal with properties of Unicode', () => {
    expect(readFileSync('dist/library.js', 'utf8')).not.toMatch(/(?<!\\)\\p\{/)
  })
})

describe('the files of the build', () => {
  // Two copies would not recognise each other's resources and contexts.
  it.each([
    "Symbol('mcp-gatehouse.state')",
    "Symbol.for('mcp-gatehouse.AuthError')",
    "Symbol.for('mcp-gatehouse.ConfigError')",
  ])('contain %s once', (text) => {
    const homes = SCRIPTS.filter((name) => wordsOf(name).includes(text))
    expect(homes).toEqual(['library.js'])
    expect(wordsOf('library.js').split(text)).toHaveLength(2)
  })

  it('name the licence of valibot', () => {
    const [first] = wordsOf('library.js').split('\n')
    expect(first).toBe('/* Contains parts of valibot, Copyright (c) Fabian Hiller, MIT License */')
    const homes = SCRIPTS.filter((name) => wordsOf(name).includes('_addIssue('))
    expect(homes).toEqual(['library.js'])
  })
})

/** The text of a file, with one kind of quotes. */
function wordsOf(name: string): string {
  return readFileSync(`dist/${name}`, 'utf8').replaceAll('"', "'")
}
