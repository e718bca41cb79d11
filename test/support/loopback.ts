/** Servers on loopback, for redirects, slow bodies, broken connections and TLS. */

import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Certificate } from './certificate.ts'
import { freePort } from './ports.ts'

export interface LoopbackServer extends AsyncDisposable {
  /** Without a slash at the end. */
  readonly origin: string
  /** Method and path of every request that arrived. */
  readonly requests: string[]
  /** Settles when the first request arrives. */
  readonly arrived: Promise<void>
  /** Settles when a client went away before its answer was complete. */
  readonly hungUp: Promise<void>
}

/** Serves plain http, or https with the certificate. Close it with `await using`. */
export async function serve(
  listener: RequestListener,
  certificate?: Certificate,
): Promise<LoopbackServer> {
  const requests: string[] = []
  const first = Promise.withResolvers<void>()
  const { promise: hungUp, resolve } = Promise.withResolvers<void>()
  const record: RequestListener = (incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url}`)
    first.resolve()
    outgoing.once('close', () => {
      if (!outgoing.writableFinished) resolve()
    })
    listener(incoming, outgoing)
  }
  const server =
    certificate === undefined
      ? createServer(record)
      : createTlsServer({ cert: certificate.pem, key: certificate.key }, record)
  // A client that does not trust us breaks the handshake off.
  server.on('tlsClientError', () => {})
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return {
    origin: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests,
    arrived: first.promise,
    hungUp,
    [Symbol.asyncDispose]: () => close(server),
  }
}

/** A loopback address without a listener. */
export async function vacantOrigin(): Promise<string> {
  return `http://127.0.0.1:${await freePort()}`
}

/** `fetch` that trusts this one certificate. */
export function fetchTrusting({ pem }: Certificate): (url: string) => Promise<Response> {
  return (url) =>
    new Promise((resolve, reject) => {
      const outgoing = request(url, { ca: pem }, async (incoming) => {
        const { statusCode: status = 0, headers } = incoming
        const chunks = await incoming.toArray()
        const type = headers['content-type'] ?? ''
        resolve(new Response(Buffer.concat(chunks), { status, headers: { 'Content-Type': type } }))
      })
      outgoing.on('error', reject).end()
    })
}

function close(server: Pick<Server, 'close' | 'closeAllConnections'>): Promise<void> {
  return new Promise((closed) => {
    server.close(() => closed())
    server.closeAllConnections()
  })
}
