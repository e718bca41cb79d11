/** CONTRIBUTING.md and docs/architecture.md name files and folders that exist, and the floors in their order. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from './snippets.ts'

const PAGE = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8')
const TOP = /`((?:\.ci|adapters|bench|docs|examples|scripts|src|test)(?:\/[\w./-]*)?)`/g
/** Placeholders for the files of a new subpath. */
const PLACEHOLDERS = /\/name(?:\.ts|\/index\.ts)$/

it('CONTRIBUTING.md names only paths that exist', () => {
  const paths = [...PAGE.matchAll(TOP)].map(([, path = '']) => path)
  const missing = paths.filter((path) => !PLACEHOLDERS.test(path) && !existsSync(join(ROOT, path)))
  expect(paths.length).toBeGreaterThan(50)
  expect(missing).toEqual([])
})

it('CONTRIBUTING.md lists the folders of scripts/floors.mjs in their order', () => {
  const floors = /^const FLOORS = \[(.*?)^\]/ms.exec(
    readFileSync(join(ROOT, 'scripts/floors.mjs'), 'utf8'),
  )?.[1]
  const table = sectionOf('A folder is a floor').matchAll(/^\| `([^`]+)` \|/gm)
  expect([...table].map(([, folder]) => folder)).toEqual(
    [...(floors ?? '').matchAll(/'([^']+)'/g)].map(([, folder]) => folder),
  )
})

it('CONTRIBUTING.md has changes of every kind, each with the path of a file or folder', () => {
  const rows = sectionOf('Where does … live?').match(/^\| (?:a|an|the|exposed|memory) .*$/gm) ?? []
  expect(rows).toHaveLength(24)
  for (const row of rows) expect(row).toMatch(/`src\/[\w/-]+(?:\.ts|\/)`/)
})

it('docs/architecture.md names only files and folders of src that exist', () => {
  const text = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8')
  const paths = text.match(/\b[\w-]+\/(?:[\w-]+\.ts\b|(?=[,\n]))/g) ?? []
  const missing = paths.filter((path) => !existsSync(join(ROOT, 'src', path)))
  expect(paths.length).toBeGreaterThan(10)
  expect(missing).toEqual([])
})

function sectionOf(title: string): string {
  return PAGE.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? ''
}
