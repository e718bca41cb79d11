/** Records every request to the HTTP servers of this process, through Node's diagnostics channel. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'

export interface Exchange {
  /** The step during which it began. */
  readonly step: string
  readonly port: number
  readonly method: string
  readonly url: URL
  readonly headers: IncomingMessage['headers']
  /** What has arrived so far. */
  readonly body: () => string
  /** `undefined` before the response. */
  readonly status: () => number | undefined
}

export interface Recorder {
  readonly exchanges: readonly Exchange[]
  stop(): void
}

const CHANNEL = 'http.server.request.start'

export function record(stepOf: () => string): Recorder {
  const exchanges: Exchange[] = []
  const listener = (message: unknown): void => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse }
    exchanges.push(toExchange(request, response, stepOf()))
  }
  subscribe(CHANNEL, listener)
  return { exchanges, stop: () => unsubscribe(CHANNEL, listener) }
}

function toExchange(request: IncomingMessage, response: ServerResponse, step: string): Exchange {
  const chunks: Buffer[] = []
  // The handler reads the stream itself; the parser hands each chunk to `push`.
  const push = request.push.bind(request)
  request.push = (chunk: Buffer | null, ...rest) => {
    if (chunk !== null) chunks.push(chunk)
    return push(chunk, ...rest)
  }
  return {
    step,
    port: request.socket.localPort ?? 0,
    method: request.method ?? '',
    url: new URL(request.url ?? '/', 'http://127.0.0.1'),
    headers: request.headers,
    body: () => Buffer.concat(chunks).toString(),
    status: () => (response.headersSent ? response.statusCode : undefined),
  }
}
