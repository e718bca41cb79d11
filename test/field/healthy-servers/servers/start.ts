/** Starts HTTP servers on loopback for the servers of other projects. */

import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'

/** A server of another project, configured as its own documentation says. */
export interface Started {
  readonly url: string
  close(): unknown
}

/** Listens first: the URL of the server is part of its configuration. */
export async function listen(
  build: (origin: string) => RequestListener | Promise<RequestListener>,
): Promise<Started & { readonly origin: string }> {
  let respond: RequestListener | undefined
  const server = createServer((req, res) => respond?.(req, res))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = originOf(server)
  respond = await build(origin)
  return { origin, url: `${origin}/mcp`, close: () => stop(server) }
}

/** The same for a handler of Web-standard requests. */
export async function listenFetch(
  build: (origin: string) => (request: Request) => Response | Promise<Response>,
): Promise<Started> {
  let respond: ((request: Request) => Response | Promise<Response>) | undefined
  const server = await new Promise<Server>((resolve) => {
    const fetch = (request: Request) => respond?.(request) ?? new Response(null, { status: 503 })
    const listening = serve({ fetch, port: 0, hostname: '127.0.0.1' }, () =>
      resolve(listening as Server),
    )
  })
  const origin = originOf(server)
  respond = build(origin)
  return { url: `${origin}/mcp`, close: () => stop(server) }
}

/** A free port, for servers that listen themselves. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await stop(server)
  return port
}

/** Waits until a program responds at this URL. */
export async function listens(url: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const response = await fetch(url).catch(() => undefined)
    await response?.body?.cancel()
    if (response !== undefined) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${url} does not respond.`)
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
