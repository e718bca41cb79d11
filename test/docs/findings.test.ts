/** Each finding has the form that CONTRIBUTING.md describes, and a page of the documentation links it. */

import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from './snippets.ts'

const PAGES = globSync('docs/**/*.md', { cwd: ROOT }).map((page) => read(page))
const FINDINGS = globSync('findings/*.sh', { cwd: ROOT })

it('there are findings', () => expect(FINDINGS.length).toBeGreaterThan(90))

describe.each(FINDINGS)('%s', (path) => {
  it('can be run, and fails if the behaviour has changed', () => {
    expect(statSync(join(ROOT, path)).mode & 0o111).toBe(0o111)
    expect(read(path)).toMatch(/^#!\/usr\/bin\/env bash\n[\s\S]*\bexit 1\b/)
  })

  it('states versions, guess, behaviour and output in this order', () => {
    const head = read(path).split(/^set -/m)[0] ?? ''
    expect(head.match(/^# (?:Versions:|Guess:|Behaviour:|Output seen)/gm)).toEqual([
      '# Versions:',
      '# Guess:',
      '# Behaviour:',
      '# Output seen',
    ])
  })

  it('is linked from a page', () => {
    expect(PAGES.some((page) => page.includes(`/${path})`))).toBe(true)
  })
})

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}
