/** From verdicts to the page that tells them. */

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

/** Whoever reads the page must not be told reasons for what a test has noticed. */
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
${listOf('## Alive', 'No test notices these, and nobody has said why. They are work to do.', outcomes, 'survived')}
## Explained

Each was read by a person and changes nothing that a caller could see, or nothing that a test could rely on.

${explanations(outcomes)}`
}

const INTRODUCTION = `# Mutation

<!-- Written by \`npm run mutate\`. -->

A test suite that passes proves little if it would also pass over broken code. So the code that decides about tokens,
bindings, headers and operations is broken on purpose, in one small place at a time, and the tests have to notice:
a condition is turned round or taken for granted, a bound moved by one, a text emptied, an entry of a list left out,
a statement skipped, a refusal not returned, a pattern loosened, \`every\` made \`some\`.
`

const HOW = `*Killed*: a test failed. *Timed out*: a loop no longer ended, an answer never came, or memory ran out, which a
test run notices as well. *Alive*: every test that ran into the change still passed.

## How

\`npm run mutate\` does it again on one core, and takes about ten minutes; with files or folders behind \`--\` it looks
at these only and leaves this page as it is. It works on a copy in the temporary directory, which holds all mutants at once,
each behind a switch, so that for most of them nothing is built or loaded again:

1. Each test runs once as it is, and then once more for every living mutant that it ran into. A failure counts if the
   same test passes again with the mutant switched off, and fails again with it switched on.
2. What still lives, and what only happens while a module loads, gets a run of its own: all test files that ran into it,
   in a fresh process, until the first failure.

A mutant that was noticed once is not tried again while its source file stays as it is, to the byte; \`--fresh\` tries all of
them. What is explained below is left out of the second step. So the figures stand on the last run and on what runs before
it, while the tests grew, had noticed already.

The tests are those that mirror \`src\`, \`test/conformance\`, the core's own, and the property tests with a tenth of their usual
inputs; not the ones that start runtimes, servers or browsers. Types, names, imports and comments have no mutants. Nothing
is sampled.
`

function figure(outcomes: readonly Outcome[]): string {
  const noticed = count(outcomes, 'killed') + count(outcomes, 'timeout')
  const explained = count(outcomes, 'explained')
  const share = ((100 * noticed) / (outcomes.length - explained)).toFixed(1)
  return (
    `**${noticed} of ${outcomes.length} mutants are noticed**, ${explained} of the others change nothing and are ` +
    `explained below, ${count(outcomes, 'survived')} live on: ${share} % of those that matter.`
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

/** Code in a table or a list: no longer than what says which place is meant. */
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
