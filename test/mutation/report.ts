/** Builds docs/mutation.md from the results of the mutants. */

import { EXPLAINED, type Explanation } from './explained.ts'
import type { Mutant } from './instrument.ts'
import type { MutantResult } from './state.ts'

export interface ReportedMutant {
  readonly mutant: Mutant
  /** `open`: no test has noticed it yet, and not all of them have run. */
  readonly end: MutantResult | 'explained' | 'alive' | 'open'
  /** The day on which no mutant of its file was left to run. */
  readonly ranOn: string | undefined
}

export function toReportedMutant(
  mutant: Mutant,
  result: MutantResult | undefined,
  ranOn: string | undefined,
): ReportedMutant {
  if (result !== undefined) return { mutant, end: result, ranOn }
  if (isExplained(mutant)) return { mutant, end: 'explained', ranOn }
  return { mutant, end: ranOn === undefined ? 'open' : 'alive', ranOn }
}

export function isExplained(mutant: Mutant): boolean {
  return EXPLAINED.some((each) => matches(each, mutant))
}

/** Explanations of mutants that a test now kills. The page must not contain them. */
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

| | mutants | killed | timed out | explained | alive | open | done on |
| --- | --- | --- | --- | --- | --- | --- | --- |
${[...rows, row('**all**', reported)].join('\n')}

${HOW}
${formatList('## Alive', 'No test notices these, and no explanation exists. Each needs a test or less code.', reported, 'alive')}
## Explained

A person has read each of these mutants: it has no effect that a caller can observe, or none that a test can rely on.

${explanations(reported)}`
}

const INTRODUCTION = `# Mutation

<!-- Written by \`npm run mutate\`. -->

A test suite that passes proves little if it also passes with broken code. Therefore the code that decides about tokens,
bindings, headers, operations, exchanges, sessions, logouts and what passes the gateway is changed in one small place at a
time (a mutant), and the tests have to notice: a condition is negated or fixed, a bound moved by one, a text emptied, an
entry of a list removed, a statement skipped, a rejection not returned, a pattern loosened, \`every\` replaced by \`some\`.
`

const HOW = `*Killed*: a test failed. *Timed out*: a loop did not end, a response did not come, or memory ran out; a test run
notices these as well. *Alive*: every test that executed the change still passed. *Open*: no test has noticed the change yet,
and not every test has run against it since its file was written or changed.

## Method

\`npm run mutate\` repeats this. With files or folders behind \`--\` it tests only these and does not change this page, and
\`--page\` writes the page from the stored results alone. It works on a copy in the temporary directory. The copy contains all mutants, each behind a
switch, so that most of them need no build and no reload:

1. Each test runs once unchanged, and then once for every living mutant that it executes. A failure counts if the same
   test passes again with the mutant switched off, and fails again with it switched on. The same holds for a test that
   does not end, so that a busy machine is not taken for a mutant.
2. A mutant that is still alive, or that acts only while a module loads, gets a run of its own: the test files of its
   folder that execute it, in a new process, until the first failure. If only the time was too short, the run is repeated
   without the mutant and with it, with a longer limit.
3. The tests of whole requests (\`test/conformance\`, \`test/properties\`) follow, in the same two steps.

A mutant that a test noticed is not tested again while the function, constant or class member around it stays the same,
apart from comments; \`--fresh\` tests all of them. The mutants explained below get no runs of their own. The figures therefore include the results of earlier runs;
the last column has the day on which no mutant of the file was open.

The tests are those that mirror \`src\`, \`test/conformance\`, those of the core, and the property tests with a tenth of their
usual inputs. Slow tests and tests that start runtimes, servers or browsers are not included. Types, names, imports and comments have no
mutants. The mutants are not a sample.
`

function figure(reported: readonly ReportedMutant[]): string {
  const noticed = count(reported, 'killed') + count(reported, 'timeout')
  const explained = count(reported, 'explained')
  const share = ((100 * noticed) / (reported.length - explained)).toFixed(1)
  return `The tests notice **${noticed} of ${reported.length} mutants**, and ${explained} have no observable effect and are explained below:
${share} % of the others are noticed, ${count(reported, 'alive')} are alive, and ${count(reported, 'open')} are open.`
}

function row(name: string, reported: readonly ReportedMutant[]): string {
  const ends = (['killed', 'timeout', 'explained', 'alive', 'open'] as const).map((end) =>
    count(reported, end),
  )
  const days = new Set(reported.map(({ ranOn }) => ranOn ?? '–'))
  const ranOn = days.size === 1 ? [...days].join() : ''
  return `| ${[name, reported.length, ...ends, ranOn].join(' | ')} |`
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

/** Code for a table or a list, shortened in the middle. */
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
