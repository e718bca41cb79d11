/**
 * Serves a program of Fastly Compute: the WebAssembly that its compiler makes, with its JavaScript engine, and a thread for each
 * request. Fastly's own runner is not on npm; this one has the calls of host-calls.ts and one backend.
 */

import { readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import type { InstanceData } from './instance.ts'
import type { BackendRequest, BackendResponse, FromProgram, ToProgram } from './messages.ts'

const [file = ''] = process.argv.slice(2)
const { HOST = '', PORT = '', RESOURCE = '', ISSUER = '' } = process.env
const module = await WebAssembly.compile(readFileSync(file))
const configuration = new Map([
  ['resource', RESOURCE],
  ['issuer', ISSUER],
])

const server = createServer(async (req, res) => {
  const body = Buffer.concat(await req.toArray())
  const fields: [string, string][] = []
  for (let index = 0; index < req.rawHeaders.length; index += 2) {
    fields.push([req.rawHeaders[index] ?? '', req.rawHeaders[index + 1] ?? ''])
  }
  const request = {
    method: req.method ?? '',
    url: `http://${req.headers.host}${req.url}`,
    fields,
    body,
  }
  const { port1: own, port2: port } = new MessageChannel()
  const arrivals = new Int32Array(new SharedArrayBuffer(4))
  own.on('message', (message: FromProgram) => void receive(message, res, own, arrivals))
  const workerData: InstanceData = { module, request, configuration, port, arrivals }
  const url = new URL('instance.ts', import.meta.url)
  const worker = new Worker(url, { workerData, transferList: [port] })
  worker.on('error', console.error)
  // After the last message of the thread, which is the end of the response, unless it failed.
  own.on('close', () => {
    if (!res.writableEnded) res.destroy()
  })
})
server.listen(Number(PORT), HOST)

async function receive(
  message: FromProgram,
  res: ServerResponse,
  port: MessagePort,
  arrivals: Int32Array,
): Promise<void> {
  if (message.type === 'head') res.writeHead(message.status, message.fields.flat())
  else if (message.type === 'chunk') res.write(message.bytes)
  else if (message.type === 'end') res.end()
  else {
    const response = await fetchFromBackend(message.request)
    port.postMessage({ id: message.id, response } satisfies ToProgram)
    Atomics.add(arrivals, 0, 1)
    Atomics.notify(arrivals, 0)
  }
}

/** The authorization server, which is the only one. */
async function fetchFromBackend(request: BackendRequest): Promise<BackendResponse | undefined> {
  const { method, url, fields, backend } = request
  if (backend !== 'issuer' || new URL(url).origin !== ISSUER) return undefined
  const headers = fields.filter(([name]) => name.toLowerCase() !== 'host')
  const response = await fetch(url, { method, headers: headers.map(([...pair]) => pair) })
  return {
    status: response.status,
    fields: [...response.headers],
    body: new Uint8Array(await response.arrayBuffer()),
  }
}
