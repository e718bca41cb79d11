/** docs/conformance.md: made of the rows, the waivers and the titles of tests. */

import { findProofs } from './proofs.ts'
import { AREAS, type Requirement } from './requirements.ts'
import { WAIVERS, type Waiver } from './waivers.ts'

export function buildConformancePage(): string {
  const proofs = findProofs()
  const rows = AREAS.flatMap((area) => area.rows)
  const waived = WAIVERS.filter(({ extent }) => extent === 'whole').length
  const inPart = WAIVERS.length - waived
  return [
    '# Conformance',
    '',
    '<!-- Made by `npm run docs`. Change test/conformance/requirements/ or the tests instead. -->',
    '',
    'What the standards ask of a protected resource, in our words, and the tests that prove it: their titles',
    'begin with the id of the row. Tests go in where a client does, with a request, and look at what comes out.',
    '',
    `${rows.length} rows: ${rows.length - waived} proven, ${inPart} of them in part, and ${waived} waived, with the`,
    'reason. `npm test` fails if a row is neither, and if this page is out of date.',
    '',
    '† marks what no keyword of the standard says and we conclude from the paragraph.',
    'Four revisions of MCP are served alike (2025-03-26, 2025-06-18, 2025-11-25, 2026-07-28). The last column says',
    'where they differ about a row.',
    '',
    ...AREAS.flatMap(({ id, title, rows }) => [
      `## ${id}: ${title}`,
      '',
      '| row | level | what | standard | proven by | MCP revisions |',
      '| --- | --- | --- | --- | --- | --- |',
      ...rows.map((row) => lineOf(row, proofs.get(row.id) ?? [])),
      '',
    ]),
  ].join('\n')
}

function lineOf(row: Requirement, files: readonly string[]): string {
  const waiver = WAIVERS.find(({ id }) => id === row.id)
  const level = row.level + (row.derived ? '†' : '')
  const proof = [...files.map(link), ...(waiver === undefined ? [] : [reasonOf(waiver)])]
  const cells = [row.id, level, row.says, row.spec, proof.join(', '), row.revisions ?? '']
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function link(file: string): string {
  return `[${file.replace(/^conformance\//, '').replace(/\.test\.ts$/, '')}](../test/${file})`
}

function reasonOf({ extent, reason }: Waiver): string {
  return `*waived${extent === 'part' ? ' in part' : ''}:* ${reason}`
}
