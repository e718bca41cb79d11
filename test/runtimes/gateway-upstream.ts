/** The server behind the gateway of the runtime suite, and every byte that reaches it. */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer as createRelay, type Server } from 'node:net'

/** One request, as Node parses it. */
export interface Arrival {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** Fulfilled when the connection of the request or its response is closed. */
  readonly gone: Promise<void>
}

export interface RecordedUpstream {
  readonly origin: string
  /** The next request that arrives. */
  next(): Promise<Arrival>
  /** Everything received since the last call. */
  takeBytes(): string
  close(): Promise<void>
}

export async function startUpstream(): Promise<RecordedUpstream> {
  const waiting: ((arrival: Arrival) => void)[] = []
  const server = createServer((req, res) => {
    const gone = new Promise<void>((resolve) => res.on('close', resolve))
    req.on('error', () => {})
    const take = waiting.shift()
    if (take === undefined) res.writeHead(500).end('The test expects no request.')
    else take({ req, res, gone })
  })
  const port = await listen(server)
  let chunks: Buffer[] = []
  const sockets = new Set<{ destroy(): void }>()
  const relay = createRelay((incoming) => {
    const outgoing = connect(port, '127.0.0.1')
    sockets.add(incoming)
    incoming.on('data', (chunk) => {
      if (chunks.length < 100) chunks.push(chunk)
    })
    incoming.on('error', () => outgoing.destroy()).on('close', () => outgoing.destroy())
    outgoing.on('error', () => incoming.destroy()).on('close', () => incoming.destroy())
    incoming.pipe(outgoing).pipe(incoming)
  })
  return {
    origin: `http://127.0.0.1:${await listen(relay)}`,
    next: () => new Promise((resolve) => waiting.push(resolve)),
    takeBytes() {
      const text = Buffer.concat(chunks).toString('latin1')
      chunks = []
      return text
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.closeAllConnections()
      await Promise.all([relay, server].map((each) => new Promise((done) => each.close(done))))
    },
  }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
