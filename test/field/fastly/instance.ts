/** Runs a program of Fastly Compute for one request, as an instance there does. */

import { WASI } from 'node:wasi'
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { createHostCalls } from './host-calls.ts'
import type {
  BackendRequest,
  BackendResponse,
  Backends,
  FromProgram,
  Head,
  ToProgram,
} from './messages.ts'

export interface InstanceData {
  readonly module: WebAssembly.Module
  readonly request: Head & { readonly body: Uint8Array }
  readonly configuration: ReadonlyMap<string, string>
  readonly port: MessagePort
  /** Counts what the host has sent. */
  readonly arrivals: Int32Array
}

const { module, request, configuration, port, arrivals } = workerData as InstanceData
const say = (message: FromProgram) => port.postMessage(message)

const wasi = new WASI({ version: 'preview1', args: ['program'] })
const calls = createHostCalls(
  () => instance.exports['memory'] as WebAssembly.Memory,
  request,
  configuration,
  createBackends(),
  {
    head: (status, fields) => say({ type: 'head', status, fields }),
    chunk: (bytes) => say({ type: 'chunk', bytes }),
    end: () => say({ type: 'end' }),
  },
)
const imports: WebAssembly.Imports = { wasi_snapshot_preview1: wasi.wasiImport }
for (const { module: group, name } of WebAssembly.Module.imports(module)) {
  if (group === 'wasi_snapshot_preview1') continue
  const own = calls[group]?.[name]
  const unknown = () => {
    console.error(`The program calls ${group}.${name}, which this host does not have.`)
    return 5
  }
  imports[group] = { ...imports[group], [name]: own ?? unknown }
}
const instance = new WebAssembly.Instance(module, imports)
wasi.start(instance)
say({ type: 'end' })

function createBackends(): Backends {
  const arrived = new Map<number, BackendResponse | undefined>()
  let count = 0
  const receive = () => {
    for (;;) {
      const received = receiveMessageOnPort(port)
      if (received === undefined) return
      const { id, response } = received.message as ToProgram
      arrived.set(id, response)
    }
  }
  const pause = (milliseconds: number) => {
    const seen = Atomics.load(arrivals, 0)
    receive()
    Atomics.wait(arrivals, 0, seen, Math.min(milliseconds, 1000))
    receive()
  }
  const isReady = (id: number) => {
    receive()
    return arrived.has(id)
  }
  return {
    send: (sent: BackendRequest) => {
      count += 1
      say({ type: 'request', id: count, request: sent })
      return count
    },
    isReady,
    wait: (id) => {
      while (!isReady(id)) pause(1000)
      return arrived.get(id)
    },
    pause,
  }
}
