/**
 * Breaks the security floor in a few thousand small ways, one at a time, and sees whether a test notices.
 *
 *     npm run mutate                        everything, and writes docs/mutation.md
 *     npm run mutate -- src/http/cors.ts    these files or folders only, and writes nothing
 *     npm run mutate -- --sweep src/http    the quick half only: some that it calls alive are not
 *     npm run mutate -- --alone             the slow half only, after the quick one
 *     npm run mutate -- --page              the page anew, from what is remembered: after explaining
 *     npm run mutate -- --fresh             also what was noticed before, in files that are as they were
 *
 * What lives on is read by a person: either a test is missing, or the change changes nothing; then its reason goes into
 * `explained.ts`.
 */

import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { constants, setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { instrument, type Mutant } from './instrument.ts'
import { Memory } from './memory.ts'
import { formatPage, isExplained, type Outcome, outcomeOf, staleExplanations } from './report.ts'
import { useDirectory, type Verdict } from './state.ts'
import { DISTANCES, startTests } from './tests.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PAGE = 'docs/mutation.md'

/** What decides about tokens, bindings, headers and operations. */
const SUBJECTS = [
  'src/authorization-server',
  'src/binding',
  'src/crypto',
  'src/http',
  'src/jwt',
  'src/mcp',
  'src/opaque',
]

const CACHE = join(ROOT, 'node_modules/.cache/mcp-gatehouse/mutation.json')

const words = process.argv.slice(2)
const wanted = words.filter((word) => !word.startsWith('--'))
const memory = new Memory(CACHE, ROOT, words.includes('--fresh'))
setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
process.exitCode = await main()

async function main(): Promise<number> {
  const directory = join(tmpdir(), `mcp-gatehouse-mutation-${process.pid}`)
  try {
    const mutants = copyTree(directory)
    const isRemembered = words.includes('--page')
    const verdicts = isRemembered ? memory.recall(mutants) : await judge(directory, mutants)
    const outcomes = mutants.map((mutant) => outcomeOf(mutant, verdicts.get(mutant.id)))
    return tell(outcomes)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** @returns The mutants that the copy's sources hold. */
function copyTree(directory: string): Mutant[] {
  mkdirSync(directory)
  for (const name of ['src', 'adapters', 'test', 'docs', 'package.json']) {
    cpSync(join(ROOT, name), join(directory, name), { recursive: true })
  }
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
  const mutants: Mutant[] = []
  for (const path of subjects()) {
    const source = readFileSync(join(ROOT, path), 'utf8')
    const done = instrument(path, source, mutants.length)
    mutants.push(...done.mutants)
    writeFileSync(join(directory, path), done.text)
  }
  return mutants
}

function subjects(): string[] {
  return SUBJECTS.flatMap((folder) =>
    readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`),
  )
    .filter((path) => path.endsWith('.ts'))
    .filter((path) => wanted.length === 0 || wanted.some((each) => path.startsWith(each)))
}

async function judge(
  directory: string,
  mutants: readonly Mutant[],
): Promise<ReadonlyMap<number, Verdict>> {
  useDirectory(directory)
  const tests = await startTests(directory, mutants.length)
  const verdicts = memory.recall(mutants)
  const isAlone = words.includes('--alone')
  try {
    for (const file of tests.files) {
      const start = performance.now()
      const done = isAlone ? mutants.map(({ id }) => id) : [...verdicts.keys()]
      const sweep = await tests.sweep(file, done)
      for (const [id, verdict] of Object.entries(sweep)) verdicts.set(Number(id), verdict)
      memory.keep(mutants, verdicts)
      const took = ((performance.now() - start) / 1000).toFixed(0)
      console.log(`${verdicts.size} of ${mutants.length} after ${file}, ${took} s`)
    }
    if (words.includes('--sweep')) return verdicts
    for (const distance of DISTANCES) {
      const left = mutants.filter((each) => !verdicts.has(each.id) && !isExplained(each))
      for (const [index, { id, file }] of left.entries()) {
        const verdict = await tests.one(id, file, distance)
        if (verdict !== undefined) verdicts.set(id, verdict)
        if (index % 20 !== 19) continue
        memory.keep(mutants, verdicts)
        console.log(`${verdicts.size} after ${index + 1} of ${left.length} alone, ${distance}`)
      }
    }
    memory.keep(mutants, verdicts)
    return verdicts
  } finally {
    await tests.close()
  }
}

function tell(outcomes: readonly Outcome[]): number {
  const survivors = outcomes.filter(({ end }) => end === 'survived')
  for (const { mutant } of survivors) show(mutant)
  const ended = (end: Outcome['end']) => outcomes.filter((each) => each.end === end).length
  console.log(
    `${outcomes.length} mutants: ${ended('killed')} killed, ${ended('timeout')} timed out, ` +
      `${ended('explained')} explained, ${survivors.length} survived`,
  )
  if (wanted.length > 0 || words.includes('--sweep')) return survivors.length > 0 ? 1 : 0
  writeFileSync(join(ROOT, PAGE), formatPage(outcomes))
  const stale = staleExplanations(outcomes)
  for (const each of stale) console.log(`Explained, but not alive: ${JSON.stringify(each)}`)
  return survivors.length + stale.length > 0 ? 1 : 0
}

function show({ file, line, context, was, becomes }: Mutant): void {
  console.log(`${file}:${line}  ${context}\n    ${was}\n    → ${becomes || '(nothing)'}`)
}
