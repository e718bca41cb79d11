/** The API reference says what the sources say, and the sources describe every published name. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeApiReference } from '../../scripts/api-reference.mjs'
import { ROOT } from './snippets.ts'

const FOLDER = join(ROOT, 'docs/reference/api')
const folder = mkdtempSync(join(tmpdir(), 'api-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('docs/reference/api', () => {
  let omissions: string[]
  beforeAll(async () => {
    omissions = await writeApiReference(folder)
  })

  it('describes every published name, member, parameter and result', () => {
    expect(omissions).toEqual([])
  })

  it('has a page for each entry, an index, and nothing else', () => {
    expect(readdirSync(FOLDER)).toEqual(readdirSync(folder))
  })

  it.each(readdirSync(FOLDER))('%s is up to date', (file) => {
    const [page, now] = [FOLDER, folder].map((each) => readFileSync(join(each, file), 'utf8'))
    expect(page === now, `${file} is out of date: run \`npm run docs\`.`).toBe(true)
  })

  it('names no machine and no line', () => {
    const pages = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'))
    expect(pages.join('\n')).not.toContain(ROOT)
    expect(pages.join('\n')).not.toMatch(/\.ts:\d|#L\d/)
  })
})

describe('writeApiReference()', () => {
  const ADDITION = `
    export function bare(): void {}
    /**
     * Links to {@link nothing}.
     *
     * @param other Not a parameter.
     */
    export function half(input: string): string { return input }
    export interface Bare { member: string }
    export type Name = string
    /** A class. */
    export class Half extends Error { constructor(input: string) { super(input) } }
  `

  it('reports each missing description and each dead link, and writes nothing', async () => {
    const out = join(folder, 'none')
    const omissions = await writeApiReference(out, (text, path) =>
      path === join(ROOT, 'src/index.ts') ? text + ADDITION : text,
    )
    expect(omissions.map((each) => each.replace(/,? (defined in|in comment).*/, ''))).toEqual([
      'The signature core.half has an @param with name "other", which was not used',
      'core.bare (CallSignature)',
      'core.Bare (Interface)',
      'core.Bare.member (Property)',
      'core.Name (TypeAlias)',
      'Failed to resolve link to "nothing"',
      'core.half has no description of @param input',
      'core.half has no description of what it @returns',
      'core.Half.constructor has no description of @param input',
    ])
    expect(() => readdirSync(out)).toThrow()
  })
})
