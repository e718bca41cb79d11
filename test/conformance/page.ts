/** Builds docs/conformance.md from the requirements, the waivers and the titles of the tests. */

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
    'The requirements of the standards for a protected resource, paraphrased, and the tests that prove them. The title',
    'of a test begins with the id of its row. Each test sends a request, as a client does, and checks the response.',
    '',
    `Of ${rows.length} rows, ${rows.length - waived} are proven, ${inPart} of them in part, and ${waived} are waived with a`,
    'reason. `npm test` fails if a row is neither proven nor waived, and if this page is out of date.',
    '',
    '† marks a requirement that follows from the paragraph of the standard but has no keyword (RFC 2119) there.',
    'The library supports four MCP revisions (2025-03-26, 2025-06-18, 2025-11-25, 2026-07-28). The last column says',
    'where a revision differs.',
    '',
    ...AREAS.flatMap(({ id, title, rows }) => [
      `## ${id}: ${title}`,
      '',
      '| row | level | requirement | standard | proven by | MCP revisions |',
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
