/** Runs the tests against mutants, in one vitest instance. */

import { dirname, join, relative } from 'node:path'
import { createVitest } from 'vitest/node'
import { type MutantResult, takeProgress, writeOrder } from './state.ts'

/** The fast tests: those that mirror the sources, then conformance and properties. No processes, browsers or sockets. */
const INCLUDE = [
  'test/{authorization-server,binding,crypto,http,jwt,lib,mcp,opaque}/*.test.ts',
  'test/{config,contract,core,documents,exchange,features,gateway,identifiers}/*.test.ts',
  'test/{metadata,providers,request,resource,response,revocation,scope,session}/*.test.ts',
  'test/*.test.ts',
  'test/conformance/*.test.ts',
  'test/properties/*.test.ts',
]
const EXCLUDE = [
  'test/providers/{opaque,login}.test.ts',
  // They read the build or scripts, which the copy of the tree lacks.
  'test/conformance/{coverage,official,trn}.test.ts',
  'test/{floors,source-style}.test.ts',
  // Each of its tests takes seconds.
  'test/conformance/pollution.test.ts',
]
/** In the message of a test that vitest stopped, or of a loop that the runner stopped. */
const TIMEOUT = /timed out|does not end/
/** Of a test with a mutant: first, and once more after it was too short. */
const SHORT_LIMIT_MS = 5000
const LONG_LIMIT_MS = 12_000
/** In the message of a test that compares durations. */
const TOO_LONG = /to be less than/
/** Not the tests that compare durations: the switches take time as well, and so do other programs. */
const TEST_NAMES = /^(?!.*(?:linear|costs no more|less than 1 µs))/
/** Inputs per property: enough to try every member once or twice. */
const FUZZ_RUNS = '100'

/** Tests of the file itself, of its folder, and all others. */
export type Distance = 'own' | 'near' | 'far'

export interface Tests {
  readonly files: readonly string[]
  /** Runs one test file for all mutants that are not done. */
  sweep(file: string, done: readonly number[]): Promise<Readonly<Record<number, MutantResult>>>
  /** Runs the tests of one distance that reach a mutant, with that mutant on. */
  one(id: number, source: string, distance: Distance): Promise<MutantResult | undefined>
  close(): Promise<void>
}

/** @param isWanted Selects test files by their paths. */
export async function startTests(
  directory: string,
  total: number,
  isWanted: (file: string) => boolean,
): Promise<Tests> {
  process.env['FUZZ_RUNS'] = FUZZ_RUNS
  const vitest = await createVitest('test', {
    root: directory,
    config: false,
    watch: false,
    include: INCLUDE,
    exclude: EXCLUDE,
    testNamePattern: TEST_NAMES,
    runner: join(directory, 'test/mutation/runner.ts'),
    reporters: [{}],
    pool: 'forks',
    execArgv: ['--max-old-space-size=1024'],
    maxWorkers: 1,
    isolate: false,
    bail: 1,
    // A busy machine must not fail a test.
    testTimeout: 40_000,
    hookTimeout: 40_000,
    onConsoleLog: () => false,
  })
  const all = await vitest.globTestSpecifications()
  const named = new Map(all.map((each) => [relative(directory, each.moduleId), each]))
  const files = [...named.keys()]
    .filter(isWanted)
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
  const reachedBy = new Map<number, string[]>()
  await checkWithoutMutant()
  return { files, sweep, one, close: () => vitest.close() }

  async function checkWithoutMutant() {
    writeOrder({ mode: 'one', active: -1, total, done: [] })
    const first = await run(files)
    // A busy machine may fail a test once.
    const { isGood, errors } = first.isGood ? first : await run(first.failed)
    takeProgress()
    if (!isGood) throw new Error(`Tests fail without a mutant: ${errors}`)
  }

  async function sweep(file: string, done: readonly number[]) {
    const results: Record<number, MutantResult> = {}
    for (;;) {
      const allDone = [...done, ...Object.keys(results).map(Number)]
      writeOrder({ mode: 'sweep', active: -1, total, done: allDone })
      await run([file])
      const progress = takeProgress()
      Object.assign(results, ...progress.map((each) => each.results))
      const reached = progress.find((each) => each.reached !== undefined)?.reached
      for (const id of reached ?? []) reachedBy.set(id, [...(reachedBy.get(id) ?? []), file])
      if (reached !== undefined) return results
      const last = progress.findLast(({ trying }) => trying !== undefined)?.trying
      if (last === undefined || results[last] !== undefined)
        throw new Error(`${file} stopped early`)
      results[last] = 'timeout'
    }
  }

  async function one(id: number, source: string, distance: Distance) {
    const group = (reachedBy.get(id) ?? []).filter((file) => distanceOf(file, source) === distance)
    if (group.length === 0) return undefined
    writeOrder({ mode: 'one', active: id, total, done: [], limitMs: SHORT_LIMIT_MS })
    const { isGood, errors, failed } = await run(group)
    takeProgress()
    if (isGood) return undefined
    const result = TIMEOUT.test(errors) ? 'timeout' : 'killed'
    const isByTime = result === 'timeout' || TOO_LONG.test(errors)
    if (isByTime) return (await isBusyMachine(id, group)) ? undefined : result
    // A second failure rules out chance.
    const again = await run(failed.length > 0 ? failed : group)
    takeProgress()
    return again.isGood ? undefined : result
  }

  /** Whether something else than the mutant takes the time: the tests pass now, or fail without it. */
  async function isBusyMachine(id: number, group: readonly string[]) {
    writeOrder({ mode: 'one', active: -1, total, done: [] })
    const without = await run(group)
    writeOrder({ mode: 'one', active: id, total, done: [], limitMs: LONG_LIMIT_MS })
    const again = await run(group)
    takeProgress()
    return !without.isGood || again.isGood
  }

  async function run(group: readonly string[]) {
    const specifications = group.flatMap((file) => named.get(file) ?? [])
    const result = await vitest.runTestSpecifications(specifications)
    const { unhandledErrors } = result
    // The result also contains the modules of earlier runs.
    const paths = new Set(specifications.map((each) => each.moduleId))
    const testModules = result.testModules.filter(({ moduleId }) => paths.has(moduleId))
    const found = testModules.flatMap((module) => [
      ...module.errors(),
      ...[...module.children.allTests()].flatMap((test) => test.result().errors ?? []),
      ...[...module.children.allSuites()].flatMap((suite) => suite.errors()),
    ])
    const isGood = testModules.every((module) => module.ok()) && unhandledErrors.length === 0
    const failed = testModules.filter((module) => !module.ok())
    const names = failed.map(({ moduleId }) => relative(directory, moduleId))
    const errors = [...names, ...found, ...unhandledErrors]
      .map((error) => (error instanceof Object && 'message' in error ? error.message : error))
      .join('; ')
    // After a failure, modules may be missing. Without one, none may be.
    if (isGood && testModules.length < paths.size) throw new Error(`Not every file ran: ${group}`)
    return { isGood, errors, failed: names }
  }
}

function distanceOf(test: string, source: string): Distance {
  const mirror = source.replace(/^src\//, 'test/').replace(/\.ts$/, '.test.ts')
  if (test === mirror) return 'own'
  return dirname(test) === dirname(mirror) ? 'near' : 'far'
}

function rank(file: string): number {
  return INCLUDE.findIndex((pattern) => {
    const folder = pattern.slice(0, pattern.lastIndexOf('/'))
    const own = file.slice(0, file.lastIndexOf('/'))
    return (
      folder === own ||
      (folder.includes('{') && folder.includes(own.slice('test/'.length)) && own !== 'test')
    )
  })
}
