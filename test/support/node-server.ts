/** Servers on loopback, closed after each test, and what requests to them and answers need. */

import { type Agent, createServer, type RequestListener, type Server } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'
import { type Client, createClient, type Received } from './http-client.ts'

const servers: (Server | SecureServer)[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

/** A client of a listener. */
export async function listen(listener: RequestListener, agent?: Agent): Promise<Client> {
  const server = await start(createServer(listener))
  return createClient(`http://127.0.0.1:${portOf(server)}`, agent)
}

export async function start<Kind extends Server | SecureServer>(server: Kind): Promise<Kind> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

export function portOf(server: Server | SecureServer): number {
  return (server.address() as AddressInfo).port
}

export function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` }
}

export function asResponse({ status, headers, body }: Received): Response {
  return new Response(new Uint8Array(body), { status, headers })
}

/** The fields with names that begin with a capital letter, as serverless hosts write them. */
export function upper(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name.replace(/^./, (letter) => letter.toUpperCase()),
      value,
    ]),
  )
}
