/** Runs scenes in which everything that comes from outside arrives in any order. */

import fc from 'fast-check'
import { vi } from 'vitest'
import { createClock, type TestClock } from './clock.ts'
import { SEED, TIMEOUT } from './fuzz.ts'

/** What a scene schedules. */
export interface Order {
  readonly clock: TestClock
  /** Runs at any time after it was scheduled. A request to a server is two steps: it is served, and its response arrives. */
  step<Value>(label: string, run: () => Value | Promise<Value>): Promise<Value>
  /** The response of a server, from what it has when it serves the request. It may also be unreachable. */
  serve(label: string, respond: () => Response, mayFail?: boolean): Promise<Response>
}

/** Starts everything; the result settles at the end of the scene, and checks it. */
type Scene = (order: Order) => Promise<void>

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 100)
const METHODS = ['digest', 'generateKey', 'exportKey', 'importKey', 'sign', 'verify'] as const

/** Runs a scene in many orders, the same on every run. */
export async function inAnyOrder(scene: Scene): Promise<void> {
  const idle = watchCrypto()
  // Each step runs to its end, so that the next choice does not depend on the speed of the machine.
  const act = async (run: () => Promise<unknown>): Promise<unknown> => {
    const result = await run()
    await idle()
    return result
  }
  const property = fc.asyncProperty(
    fc.scheduler({ act: act as never }),
    fc.infiniteStream(fc.boolean()),
    async (scheduler, failures) => {
      const clock = createClock()
      const step: Order['step'] = async (label, run) => {
        await scheduler.schedule(Promise.resolve(), label)
        clock.advance(0.01)
        return run()
      }
      const serve: Order['serve'] = async (label, respond, mayFail = false) => {
        const isDown = mayFail && failures.next().value
        const response = await step(`${label} is served`, () => (isDown ? undefined : respond()))
        return step(`${label} responds`, () => {
          if (response === undefined) throw new TypeError('fetch failed')
          return response
        })
      }
      await scheduler.waitFor(scene({ clock, step, serve }))
    },
  )
  try {
    await fc.assert(property, { seed: SEED, numRuns: RUNS, interruptAfterTimeLimit: TIMEOUT / 2 })
  } finally {
    vi.restoreAllMocks()
  }
}

/** Waits until no cryptography of this process is running. */
function watchCrypto(): () => Promise<void> {
  let running = 0
  for (const method of METHODS) {
    const original = crypto.subtle[method].bind(crypto.subtle) as (
      ...given: unknown[]
    ) => Promise<never>
    vi.spyOn(crypto.subtle, method).mockImplementation((...given: unknown[]) => {
      running += 1
      return original(...given).finally(() => {
        running -= 1
      })
    })
  }
  return async () => {
    for (let turns = 0; turns < 2; turns++) {
      await new Promise((resolve) => setImmediate(resolve))
      if (running > 0) turns = -1
    }
  }
}
