/** The tests that mutants are run against, in one vitest that stays up. */

import { dirname, join, relative } from 'node:path'
import { createVitest } from 'vitest/node'
import { giveOrder, takeNews, type Verdict } from './state.ts'

/** Quick ones that mirror the sources, then the whole from outside. No process, browser or socket. */
const INCLUDE = [
  'test/{authorization-server,binding,crypto,http,jwt,lib,mcp,opaque}/*.test.ts',
  'test/{config,contract,documents,identifiers,metadata,providers,request,response,scope}/*.test.ts',
  'test/conformance/*.test.ts',
  'test/properties/*.test.ts',
]
const EXCLUDE = [
  'test/providers/opaque.test.ts',
  'test/conformance/{coverage,trn}.test.ts',
  // Each of its tests takes seconds.
  'test/conformance/pollution.test.ts',
]
/** Enough to try every member once or twice. */
const FUZZ_RUNS = '100'

/** Tests of a file itself, of its folder, and of everything else: the nearest know it best. */
export const DISTANCES = ['own', 'near', 'far'] as const

export type Distance = (typeof DISTANCES)[number]

export interface Tests {
  readonly files: readonly string[]
  /** Runs one file for all mutants that are not done. */
  sweep(file: string, done: readonly number[]): Promise<Readonly<Record<number, Verdict>>>
  /** Runs the tests of one distance that reach one mutant, with it switched on. */
  one(id: number, source: string, distance: Distance): Promise<Verdict | undefined>
  close(): Promise<void>
}

export async function startTests(directory: string, total: number): Promise<Tests> {
  process.env['FUZZ_RUNS'] = FUZZ_RUNS
  const vitest = await createVitest('test', {
    root: directory,
    config: false,
    watch: false,
    include: INCLUDE,
    exclude: EXCLUDE,
    runner: join(directory, 'test/mutation/runner.ts'),
    reporters: [{}],
    pool: 'forks',
    execArgv: ['--max-old-space-size=1024'],
    maxWorkers: 1,
    isolate: false,
    bail: 1,
    testTimeout: 5000,
    hookTimeout: 5000,
    onConsoleLog: () => false,
  })
  const all = await vitest.globTestSpecifications()
  const named = new Map(all.map((each) => [relative(directory, each.moduleId), each]))
  const files = [...named.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
  const reachedBy = new Map<number, string[]>()
  await mustPass()
  return { files, sweep, one, close: () => vitest.close() }

  async function mustPass() {
    giveOrder({ mode: 'one', active: -1, total, done: [] })
    const { isGood, trouble } = await run(files)
    takeNews()
    if (!isGood) throw new Error(`Fails without a mutant: ${trouble}`)
  }

  async function sweep(file: string, done: readonly number[]) {
    const verdicts: Record<number, Verdict> = {}
    for (;;) {
      const allDone = [...done, ...Object.keys(verdicts).map(Number)]
      giveOrder({ mode: 'sweep', active: -1, total, done: allDone })
      await run([file])
      const news = takeNews()
      Object.assign(verdicts, ...news.map((each) => each.verdicts))
      const reached = news.find((each) => each.reached !== undefined)?.reached
      for (const id of reached ?? []) reachedBy.set(id, [...(reachedBy.get(id) ?? []), file])
      if (reached !== undefined) return verdicts
      const last = news.findLast(({ trying }) => trying !== undefined)?.trying
      if (last === undefined || verdicts[last] !== undefined) throw new Error(`${file} broke off`)
      verdicts[last] = 'timeout'
    }
  }

  async function one(id: number, source: string, distance: Distance) {
    const group = (reachedBy.get(id) ?? []).filter((file) => distanceOf(file, source) === distance)
    if (group.length === 0) return undefined
    giveOrder({ mode: 'one', active: id, total, done: [] })
    const { isGood, trouble } = await run(group)
    takeNews()
    if (isGood) return undefined
    return /timed out|has no end/.test(trouble) ? 'timeout' : 'killed'
  }

  async function run(group: readonly string[]) {
    const specifications = group.flatMap((file) => named.get(file) ?? [])
    const result = await vitest.runTestSpecifications(specifications)
    const { unhandledErrors } = result
    // The others are there too, as earlier runs left them.
    const paths = new Set(specifications.map((each) => each.moduleId))
    const testModules = result.testModules.filter(({ moduleId }) => paths.has(moduleId))
    const errors = testModules.flatMap((module) => [
      ...module.errors(),
      ...[...module.children.allTests()].flatMap((test) => test.result().errors ?? []),
      ...[...module.children.allSuites()].flatMap((suite) => suite.errors()),
    ])
    const isGood = testModules.every((module) => module.ok()) && unhandledErrors.length === 0
    const trouble = [...errors, ...unhandledErrors]
      .map((error) => (error instanceof Object && 'message' in error ? error.message : error))
      .join('; ')
    // What a failure cut short is missing; without one, nothing may be.
    if (isGood && testModules.length < paths.size) throw new Error(`Not all of ${group} ran`)
    return { isGood, trouble }
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
