/** Builds docs/conformance.md from the requirements, the waivers and the titles of the tests. */

import { OFFICIAL, type OfficialScenario } from './official-checks.ts'
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
    'They are in the repository: `prm` is `test/conformance/prm.test.ts`, and a name with a folder is one of `test/`.',
    '',
    `Of ${rows.length} rows, ${rows.length - waived} are proven, ${inPart} of them in part, and ${waived} are waived with a`,
    'reason. `npm test` fails if a row is neither proven nor waived, and if this page is out of date.',
    '',
    'State of the specifications, November 2026: MCP 2026-07-28 is the newest revision, and the draft is equal to it in what',
    'concerns a protected resource. Enterprise-Managed Authorization (EMA) is stable. RFC 8725bis is approved as a Best',
    'Current Practice; section numbers below are those of its draft 08. OAuth 2.1 is draft 13, which MCP names.',
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
    ...officialLines(),
  ].join('\n')
}

/** The checks of the official conformance suite, each with the test of our own. */
function officialLines(): string[] {
  const scenarios: readonly OfficialScenario[] = OFFICIAL
  return [
    '## Official scenarios',
    '',
    'The scenarios for protected resources of the [MCP conformance suite](https://github.com/modelcontextprotocol/conformance),',
    'most of them proposed and not merged. Each check is a test of this repository in',
    '`test/conformance/official.test.ts`. `npm run test:field -- conformance-runner` runs the published suite',
    'against a server of the MCP SDK, alone and behind `protect`.',
    '',
    '| scenario | proposed in | check | what it checks |',
    '| --- | --- | --- | --- |',
    ...scenarios.flatMap(({ id, source, checks }) =>
      Object.entries(checks).map(([check, says]) => `| ${id} | ${source} | ${check} | ${says} |`),
    ),
    '',
  ]
}

function lineOf(row: Requirement, files: readonly string[]): string {
  const waiver = WAIVERS.find(({ id }) => id === row.id)
  const level = row.level + (row.derived ? '†' : '')
  const proof = [...files.map(nameOf), ...(waiver === undefined ? [] : [reasonOf(waiver)])]
  const cells = [row.id, level, row.says, row.spec, proof.join(', '), row.revisions ?? '']
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

/** Not a link: the package has this page, and no tests. */
function nameOf(file: string): string {
  return `\`${file.replace(/^conformance\//, '').replace(/\.test\.ts$/, '')}\``
}

function reasonOf({ extent, reason }: Waiver): string {
  return `*waived${extent === 'part' ? ' in part' : ''}:* ${reason}`
}
