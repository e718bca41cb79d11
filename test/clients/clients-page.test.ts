import { describe, expect, it } from 'vitest'
import { NOTHING } from '../support/step-facts.ts'
import { buildRows, changesOf, updatePage } from './clients-page.ts'
import type { IssuerName } from './issuers.ts'
import type { Run } from './run-client.ts'

const EMPTY = 'Before.\n<!-- npm run clients: start -->\n<!-- npm run clients: end -->\nAfter.\n'

function run(client: string, issuer: IssuerName, version = '1.0.0', heard = 'Buy milk'): Run {
  const steps = {
    login: { ...NOTHING, logins: ['notes:read'], registrations: 1 },
    use: { ...NOTHING, heard },
  }
  return {
    client,
    version,
    issuer,
    situation: 'later requests',
    observation: { steps },
    output: '',
  }
}

function inSession(client: string): Run {
  return { ...run(client, 'with documents'), situation: 'session' }
}

function both(client: string, version?: string): readonly Run[] {
  return [run(client, 'demo', version), run(client, 'development issuer', version)]
}

describe('updatePage()', () => {
  it('writes a row for each client in both tables, and keeps the rest of the page', () => {
    const page = updatePage(EMPTY, buildRows([...both('One'), ...both('Two')], '2026-11-28'))
    expect(page).toMatch(/^Before\.\n<!--[\s\S]*-->\nAfter\.\n$/)
    expect(page).toContain(
      '| One | 1.0.0 | 2026-11-28 | yes | yes | the challenge | no | dynamic |\n',
    )
    expect(page).toContain('| Two | 1.0.0 | not met | not met | not met |\n')
  })

  it('replaces the rows of the clients that have run, in their place', () => {
    const old = updatePage(EMPTY, buildRows([...both('One'), ...both('Two')], '2026-11-28'))
    const page = updatePage(old, buildRows(both('One', '2.0.0'), '2026-12-01'))
    expect(page.match(/^\| (One|Two) \| [\d.]+/gm)).toEqual([
      '| One | 2.0.0',
      '| Two | 1.0.0',
      '| One | 2.0.0',
      '| Two | 1.0.0',
    ])
    expect(updatePage(page, buildRows([], ''))).toBe(page)
  })

  it('writes a table of the situations, and keeps the other rows without new runs', () => {
    const first = updatePage(EMPTY, buildRows(both('One'), '2026-11-28'))
    const page = updatePage(first, buildRows([inSession('One')], '2026-12-01'))
    expect(page).toContain('| One | 1.0.0 | 2026-11-28 | yes |')
    expect(page).toContain('| One | 1.0.0 | no login | not met | not run | not run | not run |\n')
    expect(updatePage(page, buildRows(both('One'), '2026-11-28'))).toBe(page)
  })

  it('writes a table of tokens beside that of the other situations', () => {
    const opaque = { ...run('One', 'with opaque tokens'), situation: 'opaque' } as const
    const rows = buildRows([inSession('One'), opaque], '2026-12-01')
    expect([...rows.situations.values()]).toEqual([
      '| One | 1.0.0 | no login | not met | not run | not run | not run |',
    ])
    expect([...rows.tokens.values()]).toEqual([
      '| One | 1.0.0 | not run | works | not met | not run | not run |',
    ])
    const page = updatePage(EMPTY, rows)
    expect(page).toContain('| One | 1.0.0 | not run | works | not met | not run | not run |\n<!--')
    expect(updatePage(page, buildRows([], ''))).toBe(page)
  })

  it('names the issuer where the two differ', () => {
    const runs = [run('One', 'demo'), run('One', 'development issuer', '1.0.0', 'Unauthorized')]
    expect([...buildRows(runs, 'today').login.values()]).toEqual([
      '| One | 1.0.0 | today | yes | **no** | the challenge | no | dynamic |',
    ])
  })
})

describe('changesOf()', () => {
  it('lists rows that the page does not have, whatever their date', () => {
    const page = updatePage(EMPTY, buildRows(both('One'), '2026-11-28'))
    expect(changesOf(page, buildRows(both('One'), '2026-12-01'))).toEqual([])
    expect(changesOf(page, buildRows(both('One', '1.0.1'), '2026-12-01'))).toEqual([
      '| One | 1.0.1 | 2026-12-01 | yes | yes | the challenge | no | dynamic |',
      '| One | 1.0.1 | not met | not met | not met |',
    ])
  })
})
