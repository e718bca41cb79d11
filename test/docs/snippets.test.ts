/** Everything the documentation shows compiles, and everything it links to is there. */

import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pages, ROOT, snippets, toModule } from './snippets.ts'

const TSC = 'node_modules/@typescript/native/bin/tsc'

/** Compiles modules, all at once, and gives the complaints with the place each is about. */
function compile(modules: readonly { place: string; code: string }[]): string[] {
  // In the repository, so that packages are found as everywhere else in it.
  const folder = mkdtempSync(join(ROOT, '.snippets-'))
  try {
    cpSync(join(ROOT, 'test/docs/prelude.d.ts'), join(folder, 'prelude.d.ts'))
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: '../tsconfig.dev.json',
        compilerOptions: {
          noUnusedLocals: false,
          noUnusedParameters: false,
          noImplicitReturns: false,
          noPropertyAccessFromIndexSignature: false,
          paths: {
            'mcp-gatehouse': ['../src/index.ts'],
            'mcp-gatehouse/*': ['../adapters/*.ts', '../src/*.ts', '../src/*/index.ts'],
          },
        },
        include: ['*.ts'],
      }),
    )
    for (const [index, { code }] of modules.entries()) {
      writeFileSync(join(folder, `s${index}.ts`), code)
    }
    const { stdout } = spawnSync(
      process.execPath,
      [TSC, '--project', folder, '--pretty', 'false'],
      {
        cwd: ROOT,
        encoding: 'utf8',
      },
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
  it('compile', { timeout: 60_000 }, () => {
    const modules = snippets().map((each) => ({ place: each.place, code: toModule(each) }))
    expect(modules.length).toBeGreaterThan(15)
    const wrong = { place: 'a mistake', code: 'export const wrong: string = notes' }
    // The mistake proves that the compiler looked.
    expect(compile([...modules, wrong])).toEqual([
      expect.stringMatching(/^a mistake\(1,14\): error TS2322/),
    ])
  })
})

describe('links', () => {
  it.each(pages())('of %s lead to files and headings that exist', (page) => {
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

/** As GitHub names them; the second of a kind gets a number. */
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
