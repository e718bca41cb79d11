/**
 * Measures on the current runtime: `main.ts <fixtures.json> <part>…`. Prints JSON for `run.ts`.
 */

import { readFileSync } from 'node:fs'
import process from 'node:process'
import { measureAttack } from './attack.ts'
import { besideBefore } from './beside-before.ts'
import { CASES } from './cases.ts'
import type { Table } from './figures.ts'
import type { Fixtures } from './fixtures.ts'
import { measureCase } from './measure.ts'

const [path = '', ...parts] = process.argv.slice(2)
const fixtures = JSON.parse(readFileSync(path, 'utf8')) as Fixtures
const tables: Table[] = []
const { before } = fixtures
// First: a compiler treats a build that has run other cases, which only this library does, in another way.
for (const each of [...(before === undefined ? [] : [besideBefore(before)]), ...CASES]) {
  if (parts.includes(each.part)) tables.push(await measureCase(each, fixtures))
}
if (parts.includes('attack')) tables.push(...(await measureAttack(fixtures)))
console.log(JSON.stringify(tables))
