/**
 * DPoP with a shared replay store: every proof is sent twice at the same time, to different processes, and
 * must be accepted once. Needs `redis-server`.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createFixtures, createProofs } from './fixtures.ts'
import { freePort } from './free-port.ts'

const PROOFS = 20_000
const IN_FLIGHT = 100
const TICKS_PER_SECOND = 100

export interface DpopResult {
  readonly processes: number
  /** Proofs per second, each sent twice. */
  readonly perSecond: number
  /** Requests per second of the servers' processor time. */
  readonly perCpuSecond: number
  readonly acceptedOnce: number
  readonly acceptedTwice: number
  readonly neverAccepted: number
}

export const HAS_REDIS = spawnSync('redis-server', ['--version']).error === undefined

/** @param processes How many servers there are, at least two so that the copies of a proof meet. */
export async function measureDpopRedis(directory: string, processes: number): Promise<DpopResult> {
  const started: ChildProcess[] = []
  try {
    const redisPort = await freePort()
    const options = ['--port', `${redisPort}`, '--bind', '127.0.0.1', '--save', '']
    const redis = spawn('redis-server', [...options, '--appendonly', 'no'], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    started.push(redis)
    await once(redis.stdout, 'data')
    const fixtures = await createFixtures(false)
    const path = join(directory, 'dpop-fixtures.json')
    writeFileSync(path, JSON.stringify(fixtures))
    const file = fileURLToPath(new URL('dpop-server.ts', import.meta.url))
    const ports: number[] = []
    const servers: ChildProcess[] = []
    for (let count = 0; count < processes; count++) {
      const server = spawn('node', [file, path, `${redisPort}`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const [line] = await once(createInterface({ input: server.stdout }), 'line')
      ports.push(Number(line))
      servers.push(server)
      started.push(server)
    }
    const proofs = await createProofs(fixtures.dpop, PROOFS)
    return { processes, ...(await sendAll(proofs, fixtures.dpop.token, ports, servers)) }
  } finally {
    for (const each of started) each.kill()
  }
}

async function sendAll(
  proofs: readonly string[],
  token: string,
  ports: readonly number[],
  servers: readonly ChildProcess[],
): Promise<Omit<DpopResult, 'processes'>> {
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT })
  const accepted = [0, 0, 0]
  let next = 0
  const cpuBefore = cpuSecondsOf(servers)
  const startedAt = performance.now()
  const worker = async (): Promise<void> => {
    while (next < proofs.length) {
      const index = next
      next += 1
      const copies = [index, index + 1].map((place) => {
        const port = ports[place % ports.length] as number
        return statusOf(agent, port, token, proofs[index] as string)
      })
      const statuses = await Promise.all(copies)
      const times = statuses.filter((status) => status === 200).length
      accepted[times] = (accepted[times] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  const seconds = (performance.now() - startedAt) / 1000
  const cpuSeconds = cpuSecondsOf(servers) - cpuBefore
  agent.destroy()
  return {
    perSecond: proofs.length / seconds,
    perCpuSecond: (proofs.length * 2) / cpuSeconds,
    neverAccepted: accepted[0] ?? 0,
    acceptedOnce: accepted[1] ?? 0,
    acceptedTwice: accepted[2] ?? 0,
  }
}

function statusOf(agent: Agent, port: number, token: string, proof: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `DPoP ${token}`, DPoP: proof }
    const sent = request(
      { agent, host: '127.0.0.1', port, path: '/mcp', method: 'POST', headers },
      (response) => {
        response.resume().once('end', () => resolve(response.statusCode ?? 0))
      },
    )
    sent.once('error', reject).end()
  })
}

function cpuSecondsOf(servers: readonly ChildProcess[]): number {
  return servers.reduce((sum, { pid }) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return sum + (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  }, 0)
}
