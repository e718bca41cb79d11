/** The runtimes of a long run, each in a process of its own. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Miniflare } from 'miniflare'
import { bundleWorker, COMPATIBILITY_DATE } from '../support/bundle-worker.ts'

export interface Target {
  readonly name: string
  readonly origin: string
  /** Bytes in use: the heap after a collection where there is one, else the resident memory. */
  memory(heapUsed: number | undefined): number
  close(): Promise<void>
}

export const TARGETS: Readonly<Record<string, (issuer: string) => Promise<Target>>> = {
  node: startNode,
  workerd: startWorkerd,
}

async function startNode(issuer: string): Promise<Target> {
  const program = join(import.meta.dirname, 'node-server.ts')
  const child: ChildProcess = spawn(process.execPath, ['--expose-gc', program], {
    env: { ...process.env, SOAK_ISSUER: issuer },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (child.stdout === null) throw new Error('The process has no output.')
  const [port] = await once(createInterface({ input: child.stdout }), 'line')
  return {
    name: 'Node',
    origin: `http://127.0.0.1:${port}`,
    memory: (heapUsed = 0) => heapUsed,
    async close() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

async function startWorkerd(issuer: string): Promise<Target> {
  const before = new Set(workerdProcesses())
  const miniflare = new Miniflare({
    modules: true,
    script: await bundleWorker('test/soak/worker.ts'),
    compatibilityDate: COMPATIBILITY_DATE,
    bindings: { SOAK_ISSUER: issuer },
  })
  const { origin } = await miniflare.ready
  const [pid] = workerdProcesses().filter((each) => !before.has(each))
  return {
    name: 'workerd',
    origin,
    memory: () => residentBytes(pid),
    close: () => miniflare.dispose(),
  }
}

/** The workerd processes that this process has started (Linux). */
function workerdProcesses(): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false
    const status = statusOf(pid)
    return /^Name:\s*workerd$/m.test(status) && status.includes(`PPid:\t${process.pid}\n`)
  })
}

function residentBytes(pid: string | undefined): number {
  const [, kilobytes = '0'] = /^VmRSS:\s*(\d+) kB$/m.exec(statusOf(pid ?? '')) ?? []
  return Number(kilobytes) * 1024
}

function statusOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return ''
  }
}
