/** An HTTP client that sends exactly the given fields, and returns the response unchanged. */

import { type Agent, type IncomingMessage, request as open } from 'node:http'

export interface Sent {
  readonly method?: string
  readonly path: string
  /** A list is sent as that many fields. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: Uint8Array | string
  /** The body goes on: one byte now and then, until the answer is there. */
  readonly dripsEveryMs?: number
}

export interface Received {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: Buffer
}

export interface Client {
  send(request: Sent): Promise<Received>
  /** The bytes that have come when there are at least so many; leaves without awaiting the rest. */
  sendAndLeave(request: Sent, bytes: number): Promise<Received>
}

/** @param agent Without one, each request has a connection of its own. */
export function createClient(origin: string, agent: Agent | false = false): Client {
  return {
    async send(request) {
      const response = await exchange(origin, request, agent)
      return received(response, Buffer.concat(await response.toArray()))
    },
    async sendAndLeave(request, bytes) {
      const response = await exchange(origin, request, agent)
      const chunks: Buffer[] = []
      for await (const chunk of response) {
        chunks.push(chunk)
        if (Buffer.concat(chunks).length >= bytes) break
      }
      response.destroy()
      return received(response, Buffer.concat(chunks))
    },
  }
}

function exchange(
  origin: string,
  { method, path, headers, body, dripsEveryMs }: Sent,
  agent: Agent | false,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const url = new URL(origin)
    const options = { host: url.hostname, port: url.port, method, path, headers, agent }
    const sending = open({ ...options, headers: { ...headers } as Record<string, string[]> })
    sending.on('response', resolve).on('error', reject)
    if (dripsEveryMs === undefined) {
      sending.end(body)
      return
    }
    sending.write(body ?? ' ')
    const timer = setInterval(() => sending.write(' '), dripsEveryMs)
    sending.on('response', (response) => {
      clearInterval(timer)
      response.on('end', () => sending.destroy())
    })
    sending.on('close', () => clearInterval(timer))
  })
}

function received(response: IncomingMessage, body: Buffer): Received {
  const headers = Object.entries(response.headersDistinct).map(
    ([name, values = []]) => [name, values.join(', ')] as const,
  )
  return { status: response.statusCode ?? 0, headers: Object.fromEntries(headers), body }
}
