/** Formats the results as a page. */

import { EXPLAINED, type Explanation } from './explained.ts'
import type { Mutant } from './instrument.ts'
import type { MutantResult } from './state.ts'

export interface ReportedMutant {
  readonly mutant: Mutant
  readonly end: MutantResult | 'explained' | 'survived'
}

export function toReportedMutant(mutant: Mutant, result: MutantResult | undefined): ReportedMutant {
  if (result !== undefined) return { mutant, end: result }
  return { mutant, end: isExplained(mutant) ? 'explained' : 'survived' }
}

export function isExplained(mutant: Mutant): boolean {
  return EXPLAINED.some((each) => matches(each, mutant))
}

/** Explanations of mutants that a test kills. */
export function staleExplanations(reported: readonly ReportedMutant[]): readonly Explanation[] {
  const alive = reported.filter(({ end }) => end === 'explained')
  return EXPLAINED.filter((each) => !alive.some(({ mutant }) => matches(each, mutant)))
}

/** Explanations that match no mutant of the sources. */
export function unmatchedExplanations(mutants: readonly Mutant[]): readonly Explanation[] {
  return EXPLAINED.filter((each) => !mutants.some((mutant) => matches(each, mutant)))
}

export function formatPage(reported: readonly ReportedMutant[]): string {
  const folders = [...new Set(reported.map(({ mutant }) => folderOf(mutant.file)))]
  const rows = folders.flatMap((folder) => {
    const own = reported.filter(({ mutant }) => folderOf(mutant.file) === folder)
    const files = [...new Set(own.map(({ mutant }) => mutant.file))]
    return [
      row(`**${folder}**`, own),
      ...files.map((file) => row(file.slice(folder.length + 1), ofFile(own, file))),
    ]
  })
  return `${INTRODUCTION}
${figure(reported)}

| | mutants | killed | timed out | explained | alive |
| --- | --- | --- | --- | --- | --- |
${[...rows, row('**all**', reported)].join('\n')}

${HOW}
${formatList('## Alive', 'No test fails for these, and they have no explanation.', reported, 'survived')}
## Explained

Each was reviewed: it changes nothing that a caller can observe or a test can rely on.

${explanations(reported)}`
}

const INTRODUCTION = `# Mutation

<!-- Written by \`npm run mutate\`. -->

A passing test suite proves little if it also passes with broken code. Therefore the code that decides about tokens,
bindings, headers and operations is changed on purpose, in one small place at a time, and the tests must fail:
a condition is negated or fixed, a bound moved by one, a text emptied, an entry removed from a list,
a statement removed, a rejection not returned, a pattern loosened, \`every\` made \`some\`.
`

const HOW = `*Killed*: a test failed. *Timed out*: a loop no longer ended, an answer never came, or resultStore ran out, which a
test run notices as well. *Alive*: every test that ran into the change still passed.

## Method

\`npm run mutate\` runs it on one core in about ten minutes; with files or folders behind \`--\` it tests
these only and does not write this page. It works on a copy in the temporary directory that contains all mutants at once,
each behind a switch, so that most of them need no new build or process:

1. Each test runs once without a mutant, and then once for every live mutant that it reached. A failure counts if the
   same test passes again with the mutant off, and fails again with it on.
2. Mutants that are still alive, and those that run only while a module loads, get a run of their own: all test files
   that reach them, in a fresh process, until the first failure.

A killed mutant is not tried again while its source file is unchanged; \`--fresh\` tries all of
them. The second step skips the explained mutants below. The figures therefore combine the last run with
earlier ones.

The tests are those that mirror \`src\`, \`test/conformance\`, and the property tests with a tenth of their usual
inputs; without slow tests and those that start runtimes, servers or browsers. Types, names, imports and comments have no mutants. Nothing
is sampled.
`

function figure(reported: readonly ReportedMutant[]): string {
  const noticed = count(reported, 'killed') + count(reported, 'timeout')
  const explained = count(reported, 'explained')
  const share = ((100 * noticed) / (reported.length - explained)).toFixed(1)
  return (
    `**${noticed} of ${reported.length} mutants are killed or time out**, ${explained} of the others change nothing and are ` +
    `explained below, ${count(reported, 'survived')} survive: ${share} % of the relevant ones.`
  )
}

function row(name: string, reported: readonly ReportedMutant[]): string {
  const ends = (['killed', 'timeout', 'explained', 'survived'] as const).map((end) =>
    count(reported, end),
  )
  return `| ${[name, reported.length, ...ends].join(' | ')} |`
}

function formatList(
  title: string,
  about: string,
  reported: readonly ReportedMutant[],
  end: ReportedMutant['end'],
) {
  const those = reported.filter((each) => each.end === end)
  if (those.length === 0) return ''
  const lines = those.map(({ mutant }) => `- ${mutant.file}: ${change(mutant)}`)
  return `${title}\n\n${about}\n\n${lines.join('\n')}\n`
}

function explanations(reported: readonly ReportedMutant[]): string {
  const explained = reported.filter(({ end }) => end === 'explained')
  const files = [...new Set(explained.map(({ mutant }) => mutant.file))]
  return files
    .map((file) => {
      const own = ofFile(explained, file).map(({ mutant }) => mutant)
      const reasons = [...new Set(own.map(reasonOf))]
      const items = reasons.map((why) => {
        const changes = own.filter((mutant) => reasonOf(mutant) === why).map(change)
        return `- ${[...new Set(changes)].join('; ')}: ${why}`
      })
      return `### ${file}\n\n${items.join('\n')}\n`
    })
    .join('\n')
}

function reasonOf(mutant: Mutant): string {
  return EXPLAINED.find((each) => matches(each, mutant))?.why ?? ''
}

function change({ was, becomes }: Mutant): string {
  return `${code(was)} → ${becomes === '' ? 'nothing' : code(becomes)}`
}

/** Code in a list, shortened but recognisable. */
function code(text: string): string {
  const short = text.length > 100 ? `${text.slice(0, 60)} … ${text.slice(-35)}` : text
  return short.includes('`') ? `\`\` ${short} \`\`` : `\`${short}\``
}

function count(reported: readonly ReportedMutant[], end: ReportedMutant['end']): number {
  return reported.filter((each) => each.end === end).length
}

function ofFile(reported: readonly ReportedMutant[], file: string): readonly ReportedMutant[] {
  return reported.filter(({ mutant }) => mutant.file === file)
}

function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf('/'))
}

function matches({ file, was, becomes, where }: Explanation, mutant: Mutant): boolean {
  return (
    file === mutant.file &&
    was === mutant.was &&
    [becomes].flat().includes(mutant.becomes) &&
    (where === undefined || `^${mutant.context}`.includes(where))
  )
}
