/** The runtimes of a long run, each in a process of its own. A collection of garbage comes before each sample. */

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
  readMemory(): Promise<Memory>
  close(): Promise<void>
}

/** In bytes. */
export interface Memory {
  readonly heap: number
  readonly resident: number
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
  const origin = `http://127.0.0.1:${port}`
  return {
    name: 'Node',
    origin,
    async readMemory() {
      const response = await ask(`${origin}/soak/memory`)
      const { heapUsed, rss } = (await response.json()) as NodeJS.MemoryUsage
      return { heap: heapUsed, resident: rss }
    },
    async close() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

async function startWorkerd(issuer: string): Promise<Target> {
  const before = new Set(workerdProcesses())
  // Without it nothing starts a collection: the inspector of workerd ignores `HeapProfiler.collectGarbage`.
  process.env['MINIFLARE_WORKERD_V8_FLAGS'] = '--expose-gc'
  const miniflare = new Miniflare({
    // Otherwise Miniflare requests an object for `request.cf` from its vendor.
    cf: false,
    modules: true,
    script: await bundleWorker('test/soak/worker.ts'),
    compatibilityDate: COMPATIBILITY_DATE,
    bindings: { SOAK_ISSUER: issuer },
    inspectorPort: 0,
  })
  const { origin } = await miniflare.ready
  const inspector = new URL('/core:user:', await miniflare.getInspectorURL())
  const [pid] = workerdProcesses().filter((each) => !before.has(each))
  return {
    name: 'workerd',
    origin,
    async readMemory() {
      await (await ask(`${origin}/soak/memory`)).arrayBuffer()
      return { heap: await readHeap(inspector), resident: residentBytes(pid) }
    },
    close: () => miniflare.dispose(),
  }
}

/** Sends a GET once more when the server has closed the idle connection that it was sent on. */
export function ask(url: string): Promise<Response> {
  return fetch(url).catch(() => fetch(url))
}

/** The used heap of the Worker. The connection is closed after it, so that the inspector keeps nothing between samples. */
async function readHeap(inspector: URL): Promise<number> {
  const socket = new WebSocket(inspector)
  await once(socket, 'open')
  socket.send(JSON.stringify({ id: 1, method: 'Runtime.getHeapUsage' }))
  const [event] = (await once(socket, 'message')) as [MessageEvent<string>]
  socket.close()
  const { result } = JSON.parse(event.data) as { readonly result: { readonly usedSize: number } }
  return result.usedSize
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
