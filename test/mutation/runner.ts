/**
 * Runs tests against mutants inside a vitest worker. In a sweep, each test runs once without a mutant and then once for
 * each live mutant that it reached, in the same process. Mutants that run while modules load, or that need a fresh
 * state, get a run of their own.
 */

import { type RunnerTestCase, type RunnerTestFile, TestRunner } from 'vitest'
import { type MutantResult, readOrder, report } from './state.ts'

/** Slower tests are not repeated per mutant. */
const MAX_REPEATED_MS = 120
/** A test that waits longer than this, and than so many times its usual time, timed out. */
const MAX_WAIT_MS = 1000
const MAX_WAIT_GROWTH = 20
/** A loop with this many times the rounds of a run without the mutant is endless. */
const MAX_GROWTH = 10
/** More rounds than all loops of any test together. */
const MAX_ROUNDS = 20_000_000
/** After so many tests a mutant gets its own run. */
const MAX_TRIES = 25

// Tests may replace these globals.
const { setTimeout, clearTimeout } = globalThis
const now = performance.now.bind(performance)

const order = readOrder()
const done = new Set(order.done)
const reached = new Uint8Array(order.total)
const reachedEver = new Uint8Array(order.total)
const tries = new Uint16Array(order.total)
let active = order.active
let rounds = 0
let maxRounds = MAX_ROUNDS
let isEndless = false

Object.defineProperty(globalThis, '__mutation', {
  value: {
    on(id: number) {
      reached[id] = 1
      return id === active
    },
    tick() {
      rounds += 1
      if (rounds < maxRounds) return
      isEndless = true
      throw new Error('This loop does not end.')
    },
  },
})

export default class MutationRunner extends TestRunner {
  private readonly results: Record<number, MutantResult> = {}
  private waitMs = MAX_WAIT_MS

  async runTask(test: RunnerTestCase): Promise<void> {
    rounds = 0
    maxRounds = MAX_ROUNDS
    const startedAt = now()
    const run = TestRunner.getTestFn(test)
    if (order.mode === 'one') return this.once(run)
    collectReached()
    try {
      await run()
    } catch {
      // State of an earlier mutant may break it. Without mutants it passed before.
      return
    }
    const tookMs = now() - startedAt
    this.waitMs = Math.max(MAX_WAIT_MS, MAX_WAIT_GROWTH * tookMs)
    maxRounds = MAX_GROWTH * rounds + 10_000
    const mutants = collectReached().filter((id) => this.isAlive(id))
    if (mutants.length === 0 || tookMs > MAX_REPEATED_MS) return
    // A test that cannot run twice cannot be repeated per mutant.
    if ((await this.attempt(test, run, -1)) !== undefined) return
    for (const id of mutants) {
      const result = await this.attempt(test, run, id)
      tries[id] = (tries[id] ?? 0) + 1
      if (result === undefined) continue
      // The mutant itself must be the cause, not state that it left.
      if ((await this.attempt(test, run, -1)) !== undefined) return
      // A second failure rules out chance, and a second timeout a machine that is busy.
      const again = await this.attempt(test, run, id)
      if (again === undefined) continue
      this.results[id] = again
      report({ results: { [id]: again } })
    }
  }

  /** A test that waits for what the mutant removed need not wait for the time limit of vitest. */
  private async once(run: () => unknown): Promise<void> {
    if (order.limitMs === undefined) {
      await run()
      return
    }
    const wait = Promise.withResolvers<never>()
    const timer = setTimeout(() => wait.reject(new Error('Test timed out.')), order.limitMs)
    try {
      await Promise.race([run(), wait.promise])
    } finally {
      clearTimeout(timer)
    }
  }

  override onAfterRunFiles(files: RunnerTestFile[]): void {
    collectReached()
    report({ reached: idsIn(reachedEver) })
    super.onAfterRunFiles(files)
  }

  private isAlive(id: number): boolean {
    return !done.has(id) && this.results[id] === undefined && (tries[id] ?? 0) < MAX_TRIES
  }

  private async attempt(
    test: RunnerTestCase,
    run: () => unknown,
    id: number,
  ): Promise<MutantResult | undefined> {
    this.onBeforeTryTask(test, { retry: 0, repeats: 0 })
    if (id >= 0) report({ trying: id })
    active = id
    isEndless = false
    rounds = 0
    const wait = Promise.withResolvers<'timeout'>()
    const timer = setTimeout(() => wait.resolve('timeout'), this.waitMs)
    try {
      const outcome = await Promise.race([run(), wait.promise])
      if (outcome === 'timeout') return 'timeout'
      this.onAfterTryTask(test)
      return isEndless ? 'timeout' : undefined
    } catch {
      return isEndless ? 'timeout' : 'killed'
    } finally {
      clearTimeout(timer)
      active = -1
    }
  }
}

/** @returns The mutants reached since the last call. */
function collectReached(): number[] {
  const ids = idsIn(reached)
  for (const id of ids) reachedEver[id] = 1
  reached.fill(0)
  return ids
}

function idsIn(flags: Uint8Array): number[] {
  return [...flags.keys()].filter((id) => flags[id] === 1)
}
