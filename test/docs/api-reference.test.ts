/** The API reference says what the sources say, and the sources say something about every name. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findOmissions } from './api/omissions.ts'
import { buildApiPages } from './api/pages.ts'
import { readSurface } from './api/surface.ts'
import { ROOT } from './snippets.ts'

const FOLDER = 'docs/reference/api'
const pages = buildApiPages()

describe('docs/reference/api', () => {
  it('has a page for each subpath, an index, and nothing else', () => {
    const files = readdirSync(join(ROOT, FOLDER)).map((file) => `${FOLDER}/${file}`)
    expect(files.sort(), 'Run `npm run docs`, and remove what it no longer writes.').toEqual(
      Object.keys(pages).sort(),
    )
  })

  it.each(Object.keys(pages))('%s is up to date', (path) => {
    const page = readFileSync(join(ROOT, path), 'utf8')
    expect(page === pages[path], `${path} is out of date: run \`npm run docs\`.`).toBe(true)
  })

  it('depends on no machine and no line', () => {
    const text = Object.values(pages).join('\n')
    expect(text).not.toContain(ROOT)
    expect(text).not.toMatch(/\.ts:\d|#L\d/)
  })
})

describe('doc comments', () => {
  it('are there for every published name, member, parameter and result', () => {
    expect(findOmissions(readSurface())).toEqual([])
  })

  it.each([
    [
      'src/authenticate.ts',
      ' * @param resource The resource it is for.',
      'authenticate has no description of @param resource',
    ],
    [
      'src/authenticate.ts',
      ' * @returns The context.',
      'verifyAccessToken has no description of what it @returns',
    ],
    [
      'src/contract/context.ts',
      "  /** The token's `sub`, if it has one. */",
      'AuthContext.subject has no doc comment',
    ],
    [
      'src/contract/errors.ts',
      '  /** @param problems All mistakes, at least one. */',
      'ConfigError has no description of @param problems',
    ],
    [
      'src/contract/ports.ts',
      "/** `fetch`, as any host has it. `typeof fetch` would refuse a plain function under Bun's types. */",
      'Fetch has no doc comment',
    ],
  ])('of %s are missed without %s', (path, line, complaint) => {
    const edited = readSurface((text, file) =>
      file.endsWith(path) ? text.replace(line, '') : text,
    )
    expect(findOmissions(edited)).toEqual([`${path}: ${complaint} (mcp-gatehouse)`])
  })

  it('name only parameters that exist, and link only to what is published', () => {
    const edited = readSurface((text, file) =>
      file.endsWith('src/authenticate.ts')
        ? text
            .replace('@param token The', '@param jwt The')
            .replace('{@link preflightResponse}', '{@link nothing}')
        : text,
    )
    expect(findOmissions(edited)).toEqual([
      'src/authenticate.ts: authenticate links to nothing, which is not published (mcp-gatehouse)',
      'src/authenticate.ts: verifyAccessToken has no description of @param token (mcp-gatehouse)',
      'src/authenticate.ts: verifyAccessToken tells of @param jwt, which it does not take (mcp-gatehouse)',
    ])
  })
})
