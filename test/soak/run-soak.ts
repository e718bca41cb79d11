/** One long run against one runtime, and what it found. */

import { setTimeout as sleep } from 'node:timers/promises'
import {
  type AuthorizationServer,
  type Outage,
  startAuthorizationServer,
} from './authorization-server.ts'
import { ask, type Memory, TARGETS, type Target } from './targets.ts'
import { ABORTED, act, type Outcome, type User } from './traffic.ts'

export interface SoakOptions {
  readonly minutes: number
  readonly users: number
  readonly concurrency: number
  /** Requests a second; as many as the runtime answers by default. */
  readonly rate: number
}

export interface SoakResult {
  readonly runtime: string
  readonly requests: number
  readonly statuses: Readonly<Record<string, number>>
  readonly rotations: number
  readonly outages: number
  /** Requests with a status, a context or a number of audit records that is wrong. */
  readonly problems: readonly string[]
  readonly records: number
  /** Samples at equal distances; the last is that of the end. */
  readonly memory: readonly Memory[]
}

/** Documents fail for the last part of each period, and keys rotate with every second period. */
const PERIOD_MS = 40_000
const OUTAGE_MS = 4000
/** Until a failed document is fetched again: the longest back-off of the library, and its deadline. */
const RECOVERY_MS = 20_000
const OUTAGES: readonly Outage[] = ['status', 'close', 'silence']
const SAMPLES = 12
const COLLECT_MS = 15_000
/** The part of the requests that may end with their connection. */
const MAX_RESETS = 0.001

export interface Progress {
  readonly minutes: number
  readonly requests: number
  readonly problems: readonly string[]
  readonly memory: Memory
}

export async function runSoak(
  name: string,
  options: SoakOptions,
  report: (progress: Progress) => void,
): Promise<SoakResult> {
  const start = TARGETS[name]
  if (start === undefined) throw new Error(`Unknown runtime: ${name}`)
  const server = await startAuthorizationServer()
  const target = await start(server.issuer)
  try {
    return await drive(target, server, options, report)
  } finally {
    await target.close()
    server.close()
  }
}

async function drive(
  target: Target,
  server: AuthorizationServer,
  { minutes, users: count, concurrency, rate }: SoakOptions,
  report: (progress: Progress) => void,
): Promise<SoakResult> {
  const users: User[] = Array.from({ length: count }, (_, index) => ({
    subject: `user-${index}`,
    token: '',
    period: -1,
    session: undefined,
  }))
  const began = Date.now()
  const ends = began + minutes * 60_000
  const sampleMs = (ends - began) / SAMPLES
  const audit = new Audit()
  const statuses: Record<string, number> = {}
  const problems: string[] = []
  const memory: Memory[] = []
  const faults = createFaults(server)
  const traffic = { server, origin: target.origin, users, isRecovering: faults.isRecovering }

  let turn = began
  const work = async (): Promise<void> => {
    while (Date.now() < ends) {
      turn = Math.max(turn, Date.now() - 1000) + 1000 / rate
      if (turn > Date.now()) await sleep(turn - Date.now())
      await faults.advance()
      const outcome = await act(traffic)
      audit.expect(outcome)
      const key = String(outcome.status ?? (outcome.action === ABORTED ? 'aborted' : 'reset'))
      statuses[key] = (statuses[key] ?? 0) + 1
      if (outcome.problem !== undefined) problems.push(`${outcome.action}: ${outcome.problem}`)
    }
  }
  const watch = async (): Promise<void> => {
    while (Date.now() < ends) {
      await sleep(Math.min(COLLECT_MS, sampleMs, ends - Date.now()))
      await audit.collect(target.origin)
      if (Date.now() < began + sampleMs * (memory.length + 1)) continue
      const sample = await target.readMemory()
      memory.push(sample)
      const { requests } = audit
      report({ minutes: (Date.now() - began) / 60_000, requests, problems, memory: sample })
    }
  }
  await Promise.all([watch(), ...Array.from({ length: concurrency }, work)])
  // Requests that were given up may be decided after that.
  await sleep(3000)
  await audit.collect(target.origin)
  problems.push(...audit.problems())
  const { reset = 0 } = statuses
  if (reset > audit.requests * MAX_RESETS) problems.push(`${reset} connections were reset`)
  const { rotations, outages } = faults
  const requests = audit.requests
  const records = audit.records
  return { runtime: target.name, requests, statuses, rotations, outages, problems, records, memory }
}

/** Rotates keys and makes documents fail, by the clock. */
function createFaults(server: AuthorizationServer) {
  const began = Date.now()
  let lastFailure = 0
  let period = 0
  const faults = {
    rotations: 0,
    outages: 0,
    isRecovering: () => Date.now() < lastFailure + RECOVERY_MS,
    async advance(): Promise<void> {
      const elapsed = Date.now() - began
      const isDown = elapsed % PERIOD_MS > PERIOD_MS - OUTAGE_MS
      if (isDown && server.outage === undefined) {
        server.outage = OUTAGES[faults.outages % OUTAGES.length]
        faults.outages += 1
      }
      if (!isDown) server.outage = undefined
      if (isDown) lastFailure = Date.now()
      const now = Math.floor(elapsed / (2 * PERIOD_MS))
      if (now === period) return
      period = now
      faults.rotations += 1
      await server.rotate()
    },
  }
  return faults
}

/** Compares the records of the server with what clients have seen. */
class Audit {
  records = 0
  requests = 0
  readonly #expected = new Map<string, readonly number[] | undefined>()
  readonly #seen = new Map<string, number[]>()
  readonly #problems: string[] = []
  readonly #settled = new Set<string>()

  expect({ traceId, status }: Outcome): void {
    this.requests += 1
    this.#expected.set(traceId, status === undefined ? undefined : recordsOf(status))
    this.#settle(traceId)
  }

  /** Takes the records of the server. */
  async collect(origin: string): Promise<void> {
    const response = await ask(`${origin}/soak`)
    const { records } = (await response.json()) as {
      readonly records: readonly (readonly [string, number])[]
    }
    for (const [traceId, status] of records) {
      this.records += 1
      this.#seen.set(traceId, [...(this.#seen.get(traceId) ?? []), status])
      this.#settle(traceId)
    }
  }

  /** What is wrong with the records that are not settled. */
  problems(): string[] {
    const wrong = [...this.#expected].flatMap(([traceId, expected]) => {
      const seen = this.#seen.get(traceId) ?? []
      if (expected === undefined && seen.length <= 1) return []
      return [`audit: [${seen}] instead of [${expected ?? 'one record at most'}]`]
    })
    return [...this.#problems, ...wrong]
  }

  #settle(traceId: string): void {
    const expected = this.#expected.get(traceId)
    const seen = this.#seen.get(traceId)
    if (seen === undefined) return
    if (this.#settled.has(traceId)) this.#problems.push(`audit: a further record, [${seen}]`)
    if (expected === undefined || String(seen) !== String(expected)) return
    this.#settled.add(traceId)
    this.#expected.delete(traceId)
    this.#seen.delete(traceId)
  }
}

/** The guard allows a request before its session is opened, and the session of another user has a record of its own. */
function recordsOf(status: number): readonly number[] {
  return status === 404 ? [200, 404] : [status]
}
