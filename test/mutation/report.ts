/** Builds docs/mutation.md from the results of the mutants. */

import { EXPLAINED, type Explanation } from './explained.ts'
import type { Mutant } from './instrument.ts'
import type { Verdict } from './state.ts'

export interface Outcome {
  readonly mutant: Mutant
  readonly end: Verdict | 'explained' | 'survived'
}

export function outcomeOf(mutant: Mutant, verdict: Verdict | undefined): Outcome {
  if (verdict !== undefined) return { mutant, end: verdict }
  return { mutant, end: isExplained(mutant) ? 'explained' : 'survived' }
}

export function isExplained(mutant: Mutant): boolean {
  return EXPLAINED.some((each) => isAbout(each, mutant))
}

/** Explanations of mutants that a test now kills. The page must not contain them. */
export function staleExplanations(outcomes: readonly Outcome[]): readonly Explanation[] {
  const alive = outcomes.filter(({ end }) => end === 'explained')
  return EXPLAINED.filter((each) => !alive.some(({ mutant }) => isAbout(each, mutant)))
}

export function formatPage(outcomes: readonly Outcome[]): string {
  const folders = [...new Set(outcomes.map(({ mutant }) => folderOf(mutant.file)))]
  const rows = folders.flatMap((folder) => {
    const own = outcomes.filter(({ mutant }) => folderOf(mutant.file) === folder)
    const files = [...new Set(own.map(({ mutant }) => mutant.file))]
    return [
      row(`**${folder}**`, own),
      ...files.map((file) => row(file.slice(folder.length + 1), ofFile(own, file))),
    ]
  })
  return `${INTRODUCTION}
${figure(outcomes)}

| | mutants | killed | timed out | explained | alive |
| --- | --- | --- | --- | --- | --- |
${[...rows, row('**all**', outcomes)].join('\n')}

${HOW}
${listOf('## Alive', 'No test notices these, and no explanation exists. Each needs a test or less code.', outcomes, 'survived')}
## Explained

A person has read each of these mutants: it has no effect that a caller can observe, or none that a test can rely on.

${explanations(outcomes)}`
}

const INTRODUCTION = `# Mutation

<!-- Written by \`npm run mutate\`. -->

A test suite that passes proves little if it also passes with broken code. Therefore the code that decides about tokens,
bindings, headers and operations is changed in one small place at a time (a mutant), and the tests have to notice: a
condition is negated or fixed, a bound moved by one, a text emptied, an entry of a list removed, a statement skipped, a
rejection not returned, a pattern loosened, \`every\` replaced by \`some\`.
`

const HOW = `*Killed*: a test failed. *Timed out*: a loop did not end, a response did not come, or memory ran out; a test run
notices these as well. *Alive*: every test that executed the change still passed.

## Method

\`npm run mutate\` repeats this on one core in about ten minutes. With files or folders behind \`--\` it tests only these and
does not change this page. It works on a copy in the temporary directory. The copy contains all mutants, each behind a
switch, so that most of them need no build and no reload:

1. Each test runs once unchanged, and then once for every living mutant that it executes. A failure counts if the same
   test passes again with the mutant switched off, and fails again with it switched on.
2. A mutant that is still alive, or that acts only while a module loads, gets a run of its own: all test files that
   execute it, in a new process, until the first failure.

A killed mutant is not tested again while its source file stays the same, byte for byte; \`--fresh\` tests all of them. The
mutants explained below skip the second step. The figures therefore include the results of earlier runs.

The tests are those that mirror \`src\`, \`test/conformance\`, those of the core, and the property tests with a tenth of their
usual inputs. Tests that start runtimes, servers or browsers are not included. Types, names, imports and comments have no
mutants. Every mutant is tested; none is sampled.
`

function figure(outcomes: readonly Outcome[]): string {
  const noticed = count(outcomes, 'killed') + count(outcomes, 'timeout')
  const explained = count(outcomes, 'explained')
  const share = ((100 * noticed) / (outcomes.length - explained)).toFixed(1)
  return (
    `The tests notice **${noticed} of ${outcomes.length} mutants**. Another ${explained} have no observable effect and are ` +
    `explained below; ${count(outcomes, 'survived')} are alive. That is ${share} % of the mutants with an effect.`
  )
}

function row(name: string, outcomes: readonly Outcome[]): string {
  const ends = (['killed', 'timeout', 'explained', 'survived'] as const).map((end) =>
    count(outcomes, end),
  )
  return `| ${[name, outcomes.length, ...ends].join(' | ')} |`
}

function listOf(title: string, about: string, outcomes: readonly Outcome[], end: Outcome['end']) {
  const those = outcomes.filter((each) => each.end === end)
  if (those.length === 0) return ''
  const lines = those.map(({ mutant }) => `- ${mutant.file}: ${change(mutant)}`)
  return `${title}\n\n${about}\n\n${lines.join('\n')}\n`
}

function explanations(outcomes: readonly Outcome[]): string {
  const explained = outcomes.filter(({ end }) => end === 'explained')
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
  return EXPLAINED.find((each) => isAbout(each, mutant))?.why ?? ''
}

function change({ was, becomes }: Mutant): string {
  return `${code(was)} → ${becomes === '' ? 'nothing' : code(becomes)}`
}

/** Code for a table or a list, shortened in the middle. */
function code(text: string): string {
  const short = text.length > 100 ? `${text.slice(0, 60)} … ${text.slice(-35)}` : text
  return short.includes('`') ? `\`\` ${short} \`\`` : `\`${short}\``
}

function count(outcomes: readonly Outcome[], end: Outcome['end']): number {
  return outcomes.filter((each) => each.end === end).length
}

function ofFile(outcomes: readonly Outcome[], file: string): readonly Outcome[] {
  return outcomes.filter(({ mutant }) => mutant.file === file)
}

function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf('/'))
}

function isAbout({ file, was, becomes, where }: Explanation, mutant: Mutant): boolean {
  return (
    file === mutant.file &&
    was === mutant.was &&
    [becomes].flat().includes(mutant.becomes) &&
    (where === undefined || `^${mutant.context}`.includes(where))
  )
}
