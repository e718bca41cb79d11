import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { WAIVERS } from './waivers.ts'

const TESTS = fileURLToPath(new URL('..', import.meta.url))

/** Every row that the title of a test begins with, or lists at its beginning. */
function provenRows(): Set<string> {
  const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
  const titles = files
    .filter((file) => file.endsWith('.test.ts') && !file.endsWith('waivers.test.ts'))
    .flatMap(
      (file) =>
        readFileSync(`${TESTS}/${file}`, 'utf8').match(/['"`](?:[A-Z]{3}-\d\d(?:, | and |: ))+/g) ??
        [],
    )
  return new Set(titles.flatMap((title) => title.match(/[A-Z]{3}-\d\d/g) ?? []))
}

describe('waivers', () => {
  const proven = provenRows()

  it('can see what is proven', () => {
    expect(proven).toContain('PRM-01')
    expect(proven).toContain('ASM-13')
  })

  it('are one for each row, in order, with a reason', () => {
    const ids = WAIVERS.map(({ id }) => id)
    expect(ids).toEqual([...new Set(ids)].sort())
    for (const { id, reason } of WAIVERS) {
      expect(id).toMatch(/^[A-Z]{3}-\d\d$/)
      expect(reason).toMatch(/^[A-Z].{30,}\.$/)
    }
  })

  it.each(WAIVERS.filter(({ extent }) => extent === 'whole'))(
    '$id is not proven after all',
    ({ id }) => {
      expect(proven).not.toContain(id)
    },
  )
})
