/**
 * Mutation tests: changes the security-critical code in a few thousand small ways, one at a time, and runs the tests.
 *
 *     npm run mutate                        all files; writes docs/mutation.md
 *     npm run mutate -- src/http/cors.ts    these files or folders only; writes nothing
 *     npm run mutate -- src/jwt test/jwt    only with these tests; may report noticed mutants as alive
 *     npm run mutate -- --near src/http     only with the tests beside the files; may report noticed mutants as alive
 *     npm run mutate -- --page              writes the page from stored results, without running tests
 *     npm run mutate -- --fresh             ignores stored results
 *
 *     npm run mutate -- --explained         lists explanations that match no mutant of the sources
 *
 * A mutant that survives needs a new test or, if it changes nothing, an explanation in `explained.ts`.
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
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { instrument, type Mutant } from './instrument.ts'
import {
  formatPage,
  isExplained,
  type ReportedMutant,
  staleExplanations,
  toReportedMutant,
  unmatchedExplanations,
} from './report.ts'
import { ResultStore } from './result-store.ts'
import { type MutantResult, useDirectory } from './state.ts'
import { type Distance, startTests } from './tests.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PAGE = 'docs/mutation.md'

/** The code that decides about tokens, bindings, headers and operations: folders and files. */
const SUBJECTS = [
  'src/authorization-server',
  'src/binding',
  'src/crypto',
  'src/exchange',
  'src/features',
  'src/gateway',
  'src/http',
  'src/jwt',
  'src/lib/absence-log.ts',
  'src/lib/cache-entry.ts',
  'src/lib/credential-cache.ts',
  'src/lib/entry-table.ts',
  'src/lib/held-bytes.ts',
  'src/lib/principal-shares.ts',
  'src/mcp',
  'src/opaque',
  'src/revocation',
  'src/session',
]

const CACHE = join(ROOT, 'node_modules/.cache/mcp-gatehouse/mutation.json')

// An unknown option is an error: a run of everything takes hours.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    near: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
    fresh: { type: 'boolean', default: false },
    explained: { type: 'boolean', default: false },
  },
})
const selected = positionals.filter((word) => !word.startsWith('test/'))
const selectedTests = positionals.filter((word) => word.startsWith('test/'))
const resultStore = new ResultStore(CACHE, values.fresh)
setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
const unknown = selected.filter((each) => !allSubjects().some((path) => path.startsWith(each)))
if (unknown.length > 0) {
  console.error(`Without mutants: ${unknown.join(', ')}. Choose from ${SUBJECTS.join(', ')}.`)
  process.exitCode = 2
} else process.exitCode = values.explained ? listUnmatched() : await main()

async function main(): Promise<number> {
  const directory = join(tmpdir(), `mcp-gatehouse-mutation-${process.pid}`)
  try {
    const mutants = copyTree(directory)
    const isPageOnly = values.page
    const results = isPageOnly ? resultStore.load(mutants) : await runTests(directory, mutants)
    const files = Map.groupBy(mutants, ({ file }) => file)
    const days = new Map([...files].map(([file, own]) => [file, resultStore.ranOn(file, own)]))
    const reported = mutants.map((mutant) =>
      toReportedMutant(mutant, results.get(mutant.id), days.get(mutant.file)),
    )
    return report(reported)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Prints the explanations that match no mutant: their code was changed or removed. */
function listUnmatched(): number {
  const mutants = subjects().flatMap(
    (path) => instrument(path, readFileSync(join(ROOT, path), 'utf8'), 0).mutants,
  )
  const unmatched = unmatchedExplanations(mutants)
  for (const each of unmatched) console.log(JSON.stringify(each))
  console.log(`${unmatched.length} explanations match no mutant`)
  return unmatched.length > 0 ? 1 : 0
}

/** Copies the tree and instruments its sources. @returns The mutants. */
function copyTree(directory: string): Mutant[] {
  mkdirSync(directory)
  // The tests use one file of the bench.
  const names = [
    'src',
    'adapters',
    'examples',
    'test',
    'docs',
    'bench/free-port.ts',
    'package.json',
  ]
  for (const name of names) {
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
  return allSubjects().filter(
    (path) => selected.length === 0 || selected.some((each) => path.startsWith(each)),
  )
}

function allSubjects(): string[] {
  return SUBJECTS.flatMap((path) =>
    path.endsWith('.ts') ? path : readdirSync(join(ROOT, path)).map((name) => `${path}/${name}`),
  ).filter((path) => path.endsWith('.ts'))
}

async function runTests(
  directory: string,
  mutants: readonly Mutant[],
): Promise<ReadonlyMap<number, MutantResult>> {
  useDirectory(directory)
  const isNear = values.near
  const folders = new Set(mutants.map(({ file }) => dirname(file).replace(/^src/, 'test')))
  const isWanted = (file: string): boolean =>
    selectedTests.length > 0
      ? selectedTests.some((each) => file.startsWith(each))
      : !isNear || folders.has(dirname(file))
  const tests = await startTests(directory, mutants.length, isWanted)
  const results = resultStore.load(mutants)
  try {
    // Most mutants fail a test beside them, and the tests of whole requests are slow.
    for (const file of tests.files.filter((each) => !isSlow(each))) await sweep(file)
    for (const distance of ['own', 'near'] as const) await runAlone(distance)
    if (isNear) return results
    for (const file of tests.files.filter(isSlow)) await sweep(file)
    await runAlone('far')
    if (selectedTests.length === 0) resultStore.store(mutants, results, () => true)
    return results
  } finally {
    await tests.close()
  }

  function store() {
    const left = mutants.filter((each) => !results.has(each.id) && !isExplained(each))
    const open = new Set(left.map((each) => each.file))
    resultStore.store(mutants, results, (file) => !open.has(file))
  }

  async function sweep(file: string) {
    const start = performance.now()
    const found = await tests.sweep(file, [...results.keys()])
    for (const [id, result] of Object.entries(found)) results.set(Number(id), result)
    store()
    const took = ((performance.now() - start) / 1000).toFixed(0)
    console.log(`${results.size} of ${mutants.length} noticed after ${file}, ${took} s`)
  }

  async function runAlone(distance: Distance) {
    const left = mutants.filter((each) => !results.has(each.id) && !isExplained(each))
    for (const [index, { id, file }] of left.entries()) {
      const result = await tests.one(id, file, distance)
      if (result !== undefined) results.set(id, result)
      if (index % 20 !== 19) continue
      store()
      console.log(
        `${results.size} noticed after ${index + 1} of ${left.length} single runs, ${distance}`,
      )
    }
    store()
  }
}

/** The tests of whole requests. */
function isSlow(test: string): boolean {
  return /^test\/(?:conformance|properties)\//.test(test)
}

function report(reported: readonly ReportedMutant[]): number {
  const survivors = reported.filter(({ end }) => end === 'alive')
  for (const { mutant } of survivors) show(mutant)
  const ended = (end: ReportedMutant['end']) => reported.filter((each) => each.end === end).length
  console.log(
    `${reported.length} mutants: ${ended('killed')} killed, ${ended('timeout')} timed out, ` +
      `${ended('explained')} explained, ${survivors.length} alive, ${ended('open')} open`,
  )
  if (selected.length > 0 || values.near) return survivors.length > 0 ? 1 : 0
  writeFileSync(join(ROOT, PAGE), formatPage(reported))
  const stale = staleExplanations(reported)
  for (const each of stale) console.log(`Explained, but killed or missing: ${JSON.stringify(each)}`)
  return survivors.length + stale.length > 0 ? 1 : 0
}

function show({ file, line, context, was, becomes }: Mutant): void {
  console.log(`${file}:${line}  ${context}\n    ${was}\n    → ${becomes || '(nothing)'}`)
}
