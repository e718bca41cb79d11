/** Load over loopback: the server on one core, the load generator on the other, one subject at a time. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { ATTEMPTS, type Table, toFigures } from './figures.ts'
import type { Algorithm, Fixtures } from './fixtures.ts'
import { type Answers, ask, BODY, pinned } from './load-generator.ts'
import { OURS, type Role } from './subjects.ts'
import { UNGUARDED } from './target-list.ts'

interface Contender {
  readonly name: string
  readonly role: Role
  readonly algorithm: Algorithm
  readonly only?: 'node'
}

const CONTENDERS: readonly Contender[] = [
  { name: 'hello', role: 'floor', algorithm: 'RS256' },
  { name: 'hello, header read', role: 'floor', algorithm: 'RS256' },
  { name: OURS, role: 'ours', algorithm: 'RS256' },
  { name: `${OURS}, as middleware`, role: 'ours', algorithm: 'RS256', only: 'node' },
  { name: `${OURS}, with operations`, role: 'ours', algorithm: 'RS256', only: 'node' },
  { name: UNGUARDED, role: 'floor', algorithm: 'RS256', only: 'node' },
  { name: `${UNGUARDED}, body parsed`, role: 'floor', algorithm: 'RS256', only: 'node' },
  { name: 'srvx, unguarded', role: 'floor', algorithm: 'RS256', only: 'node' },
  { name: 'jose jwtVerify', role: 'peer', algorithm: 'RS256' },
  { name: 'MCP SDK with jose', role: 'peer', algorithm: 'RS256' },
  { name: 'MCP SDK with jose, ES256', role: 'peer', algorithm: 'ES256' },
]

const ROUNDS = 5
const ATTEMPT_SECONDS = 1
const WARM_UP_SECONDS = 3
/** The unit of CPU time on Linux. */
const TICKS_PER_SECOND = 100

interface Running extends Contender {
  readonly server: ChildProcess
  readonly url: string
  readonly token: string
}

interface Round extends Answers {
  /** CPU time of the server per request. Other load on the machine does not change it. */
  readonly cpuMicroseconds: number
}

export async function measureLoad(
  runtime: 'node' | 'bun',
  fixturesPath: string,
  fixtures: Fixtures,
): Promise<Table[]> {
  const running: Running[] = []
  try {
    for (const contender of CONTENDERS.filter(({ only = runtime }) => only === runtime)) {
      const { name, algorithm } = contender
      const server = startServer(runtime, fixturesPath, name, algorithm)
      const token = fixtures.tokens[algorithm][0] ?? ''
      running.push({ ...contender, server, token, url: await urlOf(server) })
    }
    for (const each of running) {
      await checkResponses(each)
      ask(each.url, each.token, WARM_UP_SECONDS)
    }
    const rounds = running.map((): Round[] => [])
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, each] of running.entries()) rounds[index]?.push(measureRound(each))
    }
    const tableOf = (title: string, unit: string, pick: (round: Round) => number): Table => {
      const values = rounds.map((each) => each.map(pick))
      return { part: 'load', title, unit, figures: toFigures(running, values) }
    }
    return [
      tableOf('Load: requests', '/s', (it) => it.perSecond),
      tableOf('Load: 99th percentile of latency', 'ms', (it) => it.p99Milliseconds),
      tableOf('Load: CPU time of the server per request', 'µs', (it) => it.cpuMicroseconds),
    ]
  } finally {
    for (const { server } of running) server.kill()
  }
}

function startServer(
  runtime: string,
  fixturesPath: string,
  name: string,
  algorithm: Algorithm,
): ChildProcess {
  const file = fileURLToPath(new URL(`load-${runtime}.ts`, import.meta.url))
  const subject = name.replace(`, ${algorithm}`, '')
  const [program, ...args] = pinned(0, [runtime, file, fixturesPath, subject, algorithm])
  return spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
}

/** A server prints its port when it is ready. */
async function urlOf({ stdout }: ChildProcess): Promise<string> {
  const [port] = await once(createInterface({ input: stdout as NodeJS.ReadableStream }), 'line')
  return `http://127.0.0.1:${port}/mcp`
}

/** Rejects a subject that rejects a valid token or accepts an invalid one. */
async function checkResponses({ name, role, url, token }: Running): Promise<void> {
  const statusOf = async (presented: string): Promise<number> => {
    const headers = {
      Authorization: `Bearer ${presented}`,
      'Content-Type': 'application/json',
    }
    return (await fetch(url, { method: 'POST', headers, body: BODY })).status
  }
  const [good, bad] = [await statusOf(token), await statusOf(`${token}x`)]
  if (good !== 200) throw new Error(`${name} responds with ${good} to a valid token`)
  if (role !== 'floor' && bad !== 401)
    throw new Error(`${name} responds with ${bad} to an invalid token`)
}

/** The best attempt as a whole: a 99th percentile belongs to the rate of its attempt. */
function measureRound(running: Running): Round {
  const attempts = Array.from({ length: ATTEMPTS }, () => measureAttempt(running))
  return attempts.reduce((best, each) => (each.perSecond > best.perSecond ? each : best))
}

function measureAttempt({ server, url, token }: Running): Round {
  const before = cpuSecondsOf(server)
  const answers = ask(url, token, ATTEMPT_SECONDS)
  const seconds = cpuSecondsOf(server) - before
  const count = answers.perSecond * ATTEMPT_SECONDS
  return { ...answers, cpuMicroseconds: (seconds / count) * 1e6 }
}

/** User and system time of all threads; `NaN` without `/proc`. */
function cpuSecondsOf({ pid }: ChildProcess): number {
  const path = `/proc/${pid}/stat`
  if (!existsSync(path)) return Number.NaN
  // From the third field on: the second, a name in brackets, may contain spaces.
  const fields = readFileSync(path, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}
