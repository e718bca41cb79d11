/** Every requirement has a test or a waiver, and docs/conformance.md is up to date. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { buildConformancePage } from './page.ts'
import { findProofs, rowsIn } from './proofs.ts'
import { AREAS, REQUIREMENTS } from './requirements.ts'
import { WAIVERS } from './waivers.ts'

const proofs = findProofs()
const whole = WAIVERS.filter(({ extent }) => extent === 'whole').map(({ id }) => id)
const partly = WAIVERS.filter(({ extent }) => extent === 'part').map(({ id }) => id)

describe('rows', () => {
  it('are numbered through, each in its area', () => {
    for (const { id, rows } of AREAS) {
      const expected = rows.map((_, index) => `${id}-${String(index + 1).padStart(2, '0')}`)
      expect(rows.map((row) => row.id)).toEqual(expected)
    }
    expect(REQUIREMENTS).toHaveLength(232)
  })

  it('say one thing and where it comes from', () => {
    for (const { id, says, spec } of REQUIREMENTS) {
      expect(says, id).toMatch(/^[A-Z\d`].*\.$/)
      expect(spec, id).toMatch(/^(RFC \d{4}|MCP|OAuth 2\.1|OpenID Connect|Fetch|what a handler)/)
    }
  })

  it('are all proven or waived', () => {
    const open = REQUIREMENTS.map(({ id }) => id).filter(
      (id) => !proofs.has(id) && !whole.includes(id),
    )
    expect(open).toEqual([])
  })
})

describe('titles of tests', () => {
  it('name only rows that there are', () => {
    const known = REQUIREMENTS.map(({ id }) => id)
    expect([...proofs].filter(([id]) => !known.includes(id))).toEqual([])
  })

  it.each([
    [`it('AAA-01: x', f)`, ['AAA-01']],
    [`test('AAA-01 x', f)`, ['AAA-01']],
    [`it('AAA-01 and BBB-02: x', f)`, ['AAA-01', 'BBB-02']],
    [`it.each([1])('AAA-01, BBB-02: x', f)`, ['AAA-01', 'BBB-02']],
    ['it.each`a`("AAA-01: x", f)', ['AAA-01']],
    ['it(`AAA-01: $' + '{x}`, f)', ['AAA-01']],
    [`it('x AAA-01', f)`, []],
    [`it.skip('AAA-01: x', f)`, []],
    [`it.todo('AAA-01: x')`, []],
    [`it.skip.each([1])('AAA-01: x', f)`, []],
    [`describe('AAA-01: x', f)`, []],
    [`// it('AAA-01: x', f)`, []],
    [`say("it('AAA-01: x')")`, []],
  ])('%s', (source, rows) => {
    expect(rowsIn(source)).toEqual(rows)
  })
})

describe('waivers', () => {
  it('are one for each row, in order, with a reason', () => {
    const ids = WAIVERS.map(({ id }) => id)
    expect(ids).toEqual([...new Set(ids)].sort())
    for (const { id, reason } of WAIVERS) {
      expect(REQUIREMENTS.map((row) => row.id)).toContain(id)
      expect(reason).toMatch(/^[A-Z].{30,}\.$/)
    }
  })

  it('are not proven after all', () => {
    expect(whole.filter((id) => proofs.has(id))).toEqual([])
  })

  it('of a part leave a part that is proven', () => {
    expect(partly.filter((id) => !proofs.has(id))).toEqual([])
  })
})

describe('docs/conformance.md', () => {
  it('is up to date (else: npm run docs)', () => {
    const page = readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8')
    expect(page).toBe(buildConformancePage())
  })
})
