/** docs/clients.md says what was seen, and the doctor computes with it: both have the same clients and the same facts. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CLIENT_BEHAVIORS, type ClientBehavior } from '../../src/doctor/client-behaviors.ts'
import { CLIENTS, versionOf } from '../clients/clients.ts'

const PAGE = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8')
/** use-mcp, and the SDK 1.x for Python. */
const NOT_RUN = ['0.0.21', '1.29.0']
/** Gemini CLI and Qwen Code, which ask for all scopes that the authorization server lists. */
const ASK_FOR_ALL = ['0.61.0', '0.24.4']

/** The version of each row, and its cell in this column, of the first table that has the column. */
function columnOf(column: string): readonly (readonly [string, string])[] {
  const tables = PAGE.split(/\n(?!\|)/).map((part) =>
    part.split('\n').filter((line) => line.startsWith('|')),
  )
  const table = tables.find(([line = '']) => line.includes(`| ${column} |`)) ?? []
  const [head = '', , ...rows] = table
  const index = cellsOf(head).indexOf(column)
  return rows.map((row) => [cellsOf(row)[1] ?? '', cellsOf(row)[index] ?? ''])
}

function cellsOf(row: string): readonly string[] {
  return row.slice(2, -2).split(' | ')
}

function compare(
  column: string,
  read: (cell: string) => unknown,
  known: (behavior: ClientBehavior) => unknown,
): void {
  const seen = columnOf(column).map(([version, cell]) => [version, read(cell)])
  expect(seen.length).toBeGreaterThan(20)
  const own = CLIENT_BEHAVIORS.filter(({ version }) => seen.some(([each]) => each === version))
  const sorted = (pairs: readonly (readonly unknown[])[]) => pairs.map(String).toSorted()
  expect(sorted(own.map((each) => [each.version, known(each)]))).toEqual(sorted(seen))
}

describe('CLIENT_BEHAVIORS', () => {
  it('has each client of docs/clients.md in the version of the page, and no other', () => {
    const versions = columnOf('Requests the scopes of').map(([version]) => version)
    expect(CLIENT_BEHAVIORS.map(({ version }) => version).toSorted()).toEqual(versions.toSorted())
  })

  it('has each client of `npm run clients` in its version', () => {
    const versions = CLIENT_BEHAVIORS.map(({ version }) => version)
    const run = versions.filter((version) => !NOT_RUN.includes(version))
    expect(run.toSorted()).toEqual(CLIENTS.map(versionOf).toSorted())
  })

  it('has the scopes of the page', () => {
    const listOf = (cell: string) => /challenge|resource|server|none/.exec(cell)?.[0]
    compare('Requests the scopes of', listOf, ({ scopes }) => scopes)
  })

  it('has the client ID metadata documents of the page', () => {
    compare(
      'Client ID metadata document',
      (cell) => cell === 'uses its own',
      ({ registration }) => registration === 'document',
    )
  })

  it('has the `offline_access` of the page', () => {
    compare(
      '`offline_access`',
      (cell) => cell === 'where listed',
      ({ addsOfflineAccess, version }) => addsOfflineAccess || ASK_FOR_ALL.includes(version),
    )
  })

  it('has the slash of the page', () => {
    compare(
      '`resource` of an origin',
      (cell) => cell === 'adds a slash',
      ({ slash }) => slash === 'added',
    )
  })
})
