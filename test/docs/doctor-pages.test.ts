/** docs/doctor/: a section for each finding, and none for another. */

import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { PLANTED } from '../doctor/planted.ts'
import { ADVICE, COMMANDS } from './doctor/advice.ts'
import { CORRECT } from './doctor/correct.ts'
import { buildDoctorPages, ENTRIES } from './doctor-pages.ts'

const ROOT = new URL('../../', import.meta.url)
const ids = ENTRIES.map(({ id }) => id)

describe('docs/doctor/', () => {
  it.each(Object.entries(buildDoctorPages()))(
    '%s is up to date: run npm run docs',
    (path, text) => {
      expect(existsSync(new URL(path, ROOT))).toBe(true)
      expect(readFileSync(new URL(path, ROOT), 'utf8')).toBe(text)
    },
  )

  it('has one section for each finding of the tables, and of the planted servers', () => {
    expect(new Set(ids).size).toBe(ids.length)
    expect(Object.keys(ADVICE).sort()).toEqual([...ids].sort())
    expect(Object.keys(CORRECT).filter((id) => !ids.includes(id))).toEqual([])
    const planted = PLANTED.flatMap(({ findings }) => findings.map((each) => each.split(' ')[1]))
    expect(planted.filter((id = '') => !ids.includes(id))).toEqual([])
    const headings = Object.values(buildDoctorPages()).flatMap((text) =>
      [...text.matchAll(/^## (.+)$/gm)].map(([, id]) => id),
    )
    expect(headings.sort()).toEqual([...ids].sort())
  })

  it('has commands that change nothing', () => {
    for (const command of Object.values(COMMANDS)) {
      expect(command).not.toMatch(/"(initialize|tools\/call)"|-X (PUT|PATCH)/)
    }
    // A registration has no redirect URI that a server may accept.
    const registering = Object.values(COMMANDS).filter((command) =>
      command.includes('registration'),
    )
    expect(registering.every((command) => command.includes('not a redirect URI'))).toBe(true)
    // A DELETE names a session that does not exist.
    const deleting = Object.values(COMMANDS).filter((command) => command.includes('DELETE'))
    expect(deleting.every((command) => command.includes('no-such-session'))).toBe(true)
  })
})
