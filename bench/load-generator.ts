/** Uses wrk if installed: it generates more load than autocannon from npm. */

import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Answers {
  readonly perSecond: number
  readonly p99Milliseconds: number
}

export const CONNECTIONS = 50
export const LOAD_GENERATOR = exists('wrk') ? 'wrk' : 'autocannon'

const CAN_PIN = cpus().length > 1 && exists('taskset')

/** A small JSON-RPC request. */
export const BODY = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })

/** Sends requests as fast as responses arrive. Blocks this process. */
export function ask(url: string, token: string, seconds: number): Answers {
  return (LOAD_GENERATOR === 'wrk' ? askWrk : askAutocannon)(url, token, seconds)
}

/** Pins a command to one core, if the system supports it. */
export function pinned(core: number, command: readonly string[]): [string, ...string[]] {
  const words = CAN_PIN ? ['taskset', '-c', `${core}`, ...command] : command
  return words as [string, ...string[]]
}

function askWrk(url: string, token: string, seconds: number): Answers {
  const header = `Authorization: Bearer ${token}`
  const script = join(tmpdir(), `mcp-gatehouse-post-${process.pid}.lua`)
  const type = 'wrk.headers["Content-Type"] = "application/json"'
  writeFileSync(script, `wrk.method = "POST"\nwrk.body = [[${BODY}]]\n${type}\n`)
  const options = [
    '-s',
    script,
    '-t1',
    `-c${CONNECTIONS}`,
    `-d${seconds}s`,
    '--latency',
    '--timeout',
    '10s',
    '-H',
    header,
  ]
  const output = run(['wrk', ...options, url])
  if (/Non-2xx|connect [1-9]|read [1-9]|write [1-9]/.test(output)) throw new Error(output)
  const [, perSecond] = /Requests\/sec:\s*([\d.]+)/.exec(output) ?? []
  const [, p99, unit] = /99%\s*([\d.]+)(us|ms|s)/.exec(output) ?? []
  const milliseconds = unit === 'us' ? 1e-3 : unit === 'ms' ? 1 : 1e3
  return { perSecond: Number(perSecond), p99Milliseconds: Number(p99) * milliseconds }
}

function askAutocannon(url: string, token: string, seconds: number): Answers {
  const file = fileURLToPath(new URL('node_modules/autocannon/autocannon.js', import.meta.url))
  const header = `Authorization=Bearer ${token}`
  const options = ['-c', `${CONNECTIONS}`, '-d', `${seconds}`, '--json', '-m', 'POST', '-b', BODY]
  options.push('-H', header, '-H', 'Content-Type=application/json')
  const output = JSON.parse(run(['node', file, ...options, url])) as {
    readonly requests: { readonly average: number }
    readonly latency: { readonly p99: number }
    readonly non2xx: number
  }
  if (output.non2xx > 0) throw new Error(`${url} rejects the requests`)
  return { perSecond: output.requests.average, p99Milliseconds: output.latency.p99 }
}

function run(command: readonly string[]): string {
  const [program, ...args] = pinned(1, command)
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
}

function exists(program: string): boolean {
  return spawnSync(program, ['--version']).error === undefined
}
