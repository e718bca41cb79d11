/**
 * Speed and memory as users and processes grow, over HTTP on Node: `npm run bench -- scale`. Writes
 * `docs/scale.md` and its plots.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type DpopResult, HAS_REDIS, measureDpopRedis } from './dpop-redis.ts'
import { median } from './figures.ts'
import { createIssuer, type Fixtures, tokensOf } from './fixtures.ts'
import { freePort } from './free-port.ts'
import { type Line, plot } from './plot.ts'
import { dpopSection, type Measured, scalePage } from './scale-page.ts'

const USERS = [1000, 10_000, 50_000, 100_000]
/** A fifth of the most users, so that four of five tokens have no place in our cache. */
const SMALL_CACHE = 20_000
const CORES = cpus().length
/** With two cores, the second process shares its core with the load generator. */
const PROCESSES = [1, 2, 4, 8, 16, 32].filter((count) => count <= CORES)

const SUBJECTS = [
  'hello',
  'mcp-gatehouse',
  'mcp-gatehouse, 20,000 places',
  'mcp-gatehouse, as middleware',
  'mcp-gatehouse, as middleware, 20,000 places',
  'jose jwtVerify',
  'MCP SDK with jose',
  'fast-jwt (cache)',
] as const

const ROUNDS = 3
const SECONDS = 1
const TICKS_PER_SECOND = 100
const DOCS = fileURLToPath(new URL('../docs/', import.meta.url))

interface Group {
  readonly name: string
  readonly port: number
  readonly servers: readonly ChildProcess[]
  /** The tokens at which the load generators go on: each round continues the turn. */
  readonly cursors: number[]
}

/** @param directory For tokens and fixtures. */
export async function measureScale(directory: string): Promise<void> {
  const issuer = await createIssuer('ES256')
  const tokens = await tokensOf(issuer, Math.max(...USERS))
  const fixtures = { keys: { ES256: issuer.jwk }, places: SMALL_CACHE } as unknown as Fixtures
  const fixturesPath = join(directory, 'scale-fixtures.json')
  writeFileSync(fixturesPath, JSON.stringify(fixtures))
  const paths = new Map<number, string>()
  for (const users of USERS) {
    paths.set(users, join(directory, `tokens-${users}.json`))
    writeFileSync(paths.get(users) ?? '', JSON.stringify(tokens.slice(0, users)))
  }
  const measured: Measured[] = []
  for (const users of USERS) {
    measured.push(...(await measurePoint(fixturesPath, paths.get(users) ?? '', users, 1)))
  }
  for (const processes of PROCESSES.slice(1)) {
    measured.push(...(await measurePoint(fixturesPath, paths.get(1000) ?? '', 1000, processes)))
  }
  const proven: DpopResult[] = []
  for (const processes of HAS_REDIS ? PROCESSES : []) {
    proven.push(await measureDpopRedis(directory, processes))
  }
  const tables = scalePage(measured, {
    users: USERS,
    processes: PROCESSES,
    subjects: SUBJECTS,
    cores: CORES,
    machine: `${CORES} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`,
  })
  const page = `${tables}\n${dpopSection(proven)}`
  console.log(page)
  writeFileSync(join(DOCS, 'scale.md'), page)
  writeFileSync(join(DOCS, 'scale-users.svg'), plotOf(measured, 'users'))
  writeFileSync(join(DOCS, 'scale-processes.svg'), plotOf(measured, 'processes'))
}

function plotOf(measured: readonly Measured[], by: 'users' | 'processes'): string {
  const points = measured.filter((it) => (by === 'users' ? it.processes === 1 : it.users === 1000))
  const lines = SUBJECTS.map(
    (name): Line => ({
      name,
      points: points
        .filter((each) => each.name === name)
        .map((each) => [each[by], by === 'users' ? each.perCpuSecond : each.perSecond]),
    }),
  )
  const unit = by === 'users' ? 'requests per second of processor time' : 'requests per second'
  return plot({ title: `${unit}, by ${by}`, lines, isLogarithmic: true })
}

/** All subjects take turns, so that other load on the machine meets all of them. */
async function measurePoint(
  fixturesPath: string,
  tokensPath: string,
  users: number,
  processes: number,
): Promise<Measured[]> {
  const groups: Group[] = []
  try {
    for (const name of SUBJECTS) groups.push(await startGroup(name, fixturesPath, processes))
    for (const { name, port } of groups) {
      const hasCache = name.startsWith('mcp-gatehouse') || name.startsWith('fast-jwt')
      if (hasCache) for (let each = 0; each < processes + 1; each++) await ask(tokensPath, port, 0)
      await ask(tokensPath, port, SECONDS)
    }
    const rounds = groups.map((): Measured[] => [])
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, group] of groups.entries()) {
        rounds[index]?.push(await measureOnce(group, tokensPath, users, processes))
      }
    }
    const points = groups.map(({ name, servers }, index): Measured => {
      const pick = (member: 'perSecond' | 'perCpuSecond' | 'p99Milliseconds'): number =>
        median((rounds[index] ?? []).map((each) => each[member]))
      return {
        name,
        users,
        processes,
        perSecond: pick('perSecond'),
        perCpuSecond: pick('perCpuSecond'),
        p99Milliseconds: pick('p99Milliseconds'),
        mebibytes: servers.reduce((sum, server) => sum + residentOf(server), 0) / processes,
      }
    })
    console.error(`${users} users, ${processes} processes: measured`)
    return points
  } finally {
    for (const { servers } of groups) for (const server of servers) server.kill()
  }
}

async function measureOnce(
  { name, port, servers, cursors }: Group,
  tokensPath: string,
  users: number,
  processes: number,
): Promise<Measured> {
  const before = servers.reduce((sum, each) => sum + cpuSecondsOf(each), 0)
  const clients = Array.from(
    { length: Math.max(1, Math.min(processes, CORES - processes)) },
    (_, index) => ask(tokensPath, port, SECONDS, cursors[index] ?? (index * users) / processes),
  )
  const answers = await Promise.all(clients)
  for (const [index, { next }] of answers.entries()) cursors[index] = next
  const cpuSeconds = servers.reduce((sum, each) => sum + cpuSecondsOf(each), 0) - before
  const answered = answers.reduce((sum, each) => sum + each.answered, 0)
  return {
    name,
    users,
    processes,
    perSecond: answers.reduce((sum, each) => sum + each.answered / each.seconds, 0),
    perCpuSecond: answered / cpuSeconds,
    p99Milliseconds: Math.max(...answers.map((each) => each.p99Milliseconds)),
    mebibytes: 0,
  }
}

/** Processes that share a port: the kernel spreads connections over them. */
async function startGroup(name: string, fixturesPath: string, processes: number): Promise<Group> {
  const port = await freePort()
  const file = fileURLToPath(new URL('load-node.ts', import.meta.url))
  const args = [file, fixturesPath, name, 'ES256', `${port}`]
  const servers: ChildProcess[] = []
  for (let count = 0; count < processes; count++) {
    const server = spawn('node', args, { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(createInterface({ input: server.stdout as NodeJS.ReadableStream }), 'line')
    servers.push(server)
  }
  return { name, port, servers, cursors: [] }
}

interface Answered {
  readonly answered: number
  readonly seconds: number
  readonly p99Milliseconds: number
  readonly next: number
}

async function ask(
  tokensPath: string,
  port: number,
  seconds: number,
  first = 0,
): Promise<Answered> {
  const file = fileURLToPath(new URL('scale-client.ts', import.meta.url))
  const args = [file, tokensPath, `${port}`, `${seconds}`, `${first}`]
  const client = spawn('node', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(createInterface({ input: client.stdout }), 'line')
  return JSON.parse(line as string) as Answered
}

/** User and system time of all threads (Linux). */
function cpuSecondsOf({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

function residentOf({ pid }: ChildProcess): number {
  const [, kibibytes] = /VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kibibytes) / 1024
}
