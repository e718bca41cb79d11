/** A redis-server on loopback, without persistence. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { freePort } from './ports.ts'

export interface RedisServer {
  readonly port: number
  stop(): Promise<void>
}

/** Why there is none, or `undefined` if there is. */
export function redisAbsence(): string | undefined {
  const { error } = spawnSync('redis-server', ['--version'])
  return error === undefined ? undefined : 'redis-server is not installed on this machine'
}

export async function startRedis(): Promise<RedisServer> {
  const port = await freePort()
  const options = {
    port: String(port),
    bind: '127.0.0.1',
    save: '',
    appendonly: 'no',
    dir: tmpdir(),
  }
  const argv = Object.entries({ ...options, 'maxmemory-policy': 'noeviction' }).flatMap(
    ([name, value]) => [`--${name}`, value],
  )
  const child = spawn('redis-server', argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  await Promise.race([ready(child), exited])
  if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`)
  return {
    port,
    async stop() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const input = child.stdout
    if (input === null) return
    createInterface({ input }).on('line', (line) => {
      if (/ready to accept connections/i.test(line)) resolve()
    })
  })
}
