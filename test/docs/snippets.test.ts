/** Every snippet in the documentation compiles alone, and every link leads to a file and a heading. */

import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pages, ROOT, type Snippet, snippets } from './snippets.ts'

const TSC = 'node_modules/@typescript/native/bin/tsc'

/** Compiles all snippets in one run. Each diagnostic begins with the place of its snippet. */
function compile(modules: readonly Snippet[]): string[] {
  // A folder in the repository, so that imports find node_modules.
  const folder = mkdtempSync(join(ROOT, '.snippets-'))
  try {
    cpSync(join(ROOT, 'test/docs/hosts.d.ts'), join(folder, 'hosts.d.ts'))
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: '../tsconfig.dev.json',
        compilerOptions: {
          noUnusedLocals: false,
          noUnusedParameters: false,
          paths: {
            'mcp-gatehouse': ['../src/index.ts'],
            'mcp-gatehouse/*': [
              '../adapters/*.ts',
              '../adapters/*/index.ts',
              '../src/*.ts',
              '../src/*/index.ts',
            ],
          },
        },
        include: ['*.ts'],
        exclude: [],
      }),
    )
    for (const [index, { code }] of modules.entries()) {
      writeFileSync(join(folder, `s${index}.ts`), code)
    }
    const { stdout } = spawnSync(
      process.execPath,
      [TSC, '--project', folder, '--pretty', 'false'],
      { cwd: ROOT, encoding: 'utf8' },
    )
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) =>
        line.replace(/^.*?\bs(\d+)\.ts/, (_, index) => modules[Number(index)]?.place ?? line),
      )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('snippets', () => {
  it('import the names they use: each one is a module', () => {
    const scripts = snippets().filter(({ code }) => !/^(import|export) /m.test(code))
    expect(scripts.map(({ place }) => place)).toEqual([])
  })

  it('compile', { timeout: 60_000 }, () => {
    const modules = snippets()
    expect(modules.length).toBeGreaterThan(25)
    const wrong = { place: 'a mistake', code: 'export const wrong: string = 1' }
    // The diagnostic for the mistake proves that the compiler read the folder.
    expect(compile([...modules, wrong])).toEqual([
      expect.stringMatching(/^a mistake\(1,14\): error TS2322/),
    ])
  })
})

describe('links', () => {
  it.each(pages())('in %s lead to files and headings that exist', (page) => {
    const text = readFileSync(join(ROOT, page), 'utf8').replaceAll(/^```.*?^```$/gms, '')
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue
      const [path = '', heading] = target.split('#')
      const file = path === '' ? join(ROOT, page) : join(ROOT, dirname(page), path)
      expect(existsSync(file), `${page} → ${target}`).toBe(true)
      if (heading !== undefined) expect(headingsOf(file), target).toContain(heading)
    }
  })
})

/** The anchors that GitHub gives to headings. A repeated heading gets a number. */
function headingsOf(file: string): string[] {
  const seen = new Map<string, number>()
  return [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => {
    const slug = title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-')
    const count = seen.get(slug) ?? 0
    seen.set(slug, count + 1)
    return count === 0 ? slug : `${slug}-${count}`
  })
}
