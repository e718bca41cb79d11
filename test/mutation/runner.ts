/**
 * Runs tests against mutants, inside a vitest worker. In a sweep every test is run once as it is, and then once more for
 * each living mutant it ran into: no process, no import and no build in between. What that cannot judge, because it
 * happens while modules load or needs a fresh state, is left to runs with one mutant each.
 */

import { type RunnerTestCase, type RunnerTestFile, TestRunner } from 'vitest'
import { readOrder, tell, type Verdict } from './state.ts'

/** A test that takes longer than this is not repeated a thousand times. */
const MAX_REPEATED_MS = 40
/** Awaits longer than this are taken for ever. */
const MAX_WAIT_MS = 1000
/** A loop that goes round so much more often than it did without the mutant has no end. */
const MAX_GROWTH = 10
/** More rounds than any loop here needs in one test. */
const MAX_ROUNDS = 20_000_000
/** A mutant that so many tests let live gets its own run. */
const MAX_TRIES = 150

// Tests may put their own in the place of these.
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
      throw new Error('This loop has no end.')
    },
  },
})

export default class MutationRunner extends TestRunner {
  private readonly verdicts: Record<number, Verdict> = {}

  async runTask(test: RunnerTestCase): Promise<void> {
    rounds = 0
    maxRounds = MAX_ROUNDS
    const startedAt = now()
    const run = TestRunner.getTestFn(test)
    if (order.mode === 'one') return run()
    remember()
    try {
      await run()
    } catch {
      // What an earlier mutant left behind may spoil it; that all is well without mutants was seen before.
      return
    }
    const tookMs = now() - startedAt
    maxRounds = MAX_GROWTH * rounds + 10_000
    const mutants = remember().filter((id) => this.isAlive(id))
    if (mutants.length === 0 || tookMs > MAX_REPEATED_MS) return
    // A test that lives on what an earlier run left behind says nothing when it is repeated.
    if ((await this.attempt(test, run, -1)) !== undefined) return
    for (const id of mutants) {
      const verdict = await this.attempt(test, run, id)
      tries[id] = (tries[id] ?? 0) + 1
      if (verdict === undefined) continue
      // It has to be the mutant that fails it, and not what the mutant left behind.
      if ((await this.attempt(test, run, -1)) !== undefined) return
      if (verdict === 'killed' && (await this.attempt(test, run, id)) === undefined) continue
      this.verdicts[id] = verdict
      tell({ verdicts: { [id]: verdict } })
    }
  }

  override onAfterRunFiles(files: RunnerTestFile[]): void {
    remember()
    tell({ reached: idsIn(reachedEver) })
    super.onAfterRunFiles(files)
  }

  private isAlive(id: number): boolean {
    return !done.has(id) && this.verdicts[id] === undefined && (tries[id] ?? 0) < MAX_TRIES
  }

  private async attempt(
    test: RunnerTestCase,
    run: () => unknown,
    id: number,
  ): Promise<Verdict | undefined> {
    this.onBeforeTryTask(test, { retry: 0, repeats: 0 })
    if (id >= 0) tell({ trying: id })
    active = id
    isEndless = false
    rounds = 0
    const wait = Promise.withResolvers<'timeout'>()
    const timer = setTimeout(() => wait.resolve('timeout'), MAX_WAIT_MS)
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

/** @returns What was reached since the last time. */
function remember(): number[] {
  const ids = idsIn(reached)
  for (const id of ids) reachedEver[id] = 1
  reached.fill(0)
  return ids
}

function idsIn(flags: Uint8Array): number[] {
  return [...flags.keys()].filter((id) => flags[id] === 1)
}
